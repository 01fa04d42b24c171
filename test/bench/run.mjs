import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { build } from '../../server/local/build.mjs'
import { root, setUp } from '../../server/local/setup.mjs'
import { SetUpError } from '../../server/local/setUpError.mjs'

const folder = path.join(root, 'test/bench')
const machinery = new Set(['main', 'machine', 'options', 'report'])
const say = (/** @type {string} */ line) => console.error(line)

function benchNames() {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.parse(name).name)
    .filter((name) => !machinery.has(name))
}

/**
 * @param {string} name
 * @param {readonly string[]} options
 * @returns {Promise<number>} exit code
 */
function measure(name, options) {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(folder, 'main.ts'), name, ...options], {
    cwd: root,
    stdio: 'inherit',
  })
  // Ctrl-C at the terminal reaches the bench too, which then closes what it opened.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

try {
  const [name = '', ...options] = process.argv.slice(2)
  if (!benchNames().includes(name))
    throw new SetUpError(
      `Usage: npm run bench:<name> -- [options] [--json FILE]\nBenches: ${benchNames().join(', ')}`,
    )
  await setUp({ say })
  await build({ say })
  process.exitCode = await measure(name, options)
} catch (failure) {
  if (!(failure instanceof SetUpError)) throw failure
  console.error(failure.message)
  process.exitCode = 1
}
