import { setUpModules, root } from '../server/local/setup.mjs'
import { SetUpError } from '../server/local/setUpError.mjs'
import { checkLine, failuresOf, listChecks, runChecks } from './checks.mjs'

const say = (/** @type {string} */ line) => console.log(line)

try {
  await setUpModules({ say })
  const results = await runChecks(root, listChecks(root), (result) => say(checkLine(result)))
  const failed = results.filter(({ passed }) => !passed).length
  if (failed > 0) say(`\n${failuresOf(results)}\n`)
  say(`${results.length - failed} checks passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
} catch (failure) {
  if (!(failure instanceof SetUpError)) throw failure
  console.error(failure.message)
  process.exitCode = 1
}
