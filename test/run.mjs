import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from '../server/local/build.mjs'
import { openTempFolder } from '../server/local/owned.mjs'
import { killAll, processesMarked } from '../server/local/processes.mjs'
import { root, setUp } from '../server/local/setup.mjs'
import { SetUpError } from '../server/local/setUpError.mjs'
import { checkLine, failuresOf, listChecks, runChecks } from './checks.mjs'
import { abandonedNow, leftIn, sharedEntries } from './leftovers.mjs'
import { lastLine, parseTestArgs, sum } from './tally.mjs'

const limitMs = 23 * 60_000
const lingerMs = 20_000
const goneMs = 3_000

const say = (/** @type {string} */ line) => console.log(line)

/** @returns {Promise<import('./tally.mjs').Tally>} */
async function checkAll() {
  say('Checks')
  const results = await runChecks(root, listChecks(root), (result) => say(checkLine(result)))
  if (results.some(({ passed }) => !passed)) say(`\n${failuresOf(results)}`)
  return {
    passed: results.filter(({ passed }) => passed).length,
    failed: results.filter(({ passed }) => !passed).length,
    skipped: 0,
  }
}

/**
 * @param {readonly string[]} args
 * @param {boolean} coverage
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
async function testAll(args, coverage) {
  const before = sharedEntries()
  // Short, because the address of a Unix socket has 107 bytes at most.
  const temp = openTempFolder(tmpdir(), 'nct-')
  const mark = `${process.env['LOCAL_RUN'] ?? ''}/${path.basename(temp.path)}`
  const countsFile = path.join(temp.path, 'owner.counts')
  try {
    const tally = await runMocha(args, coverage, countsFile, { TMPDIR: temp.path, LOCAL_RUN: mark })
    await sleep(processesMarked(mark).length > 0 ? goneMs : 0)
    const left = [
      ...killAll(processesMarked(mark)).map(({ command }) => `process ${command.slice(0, 100)}`),
      ...leftIn(temp.path).filter((name) => name !== path.basename(countsFile)),
      ...abandonedNow(before),
    ]
    for (const what of left) say(`Left behind by the tests: ${what}`)
    return { ...tally, failed: tally.failed + left.length }
  } finally {
    temp.close()
  }
}

/**
 * @param {readonly string[]} args
 * @param {boolean} coverage
 * @param {string} countsFile
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
async function runMocha(args, coverage, countsFile, env) {
  const bin = (/** @type {string} */ name) => path.join(root, 'node_modules', name)
  const command = [
    ...(coverage ? [bin('c8/bin/c8.js'), '--reporter=text-summary', '--reporter=html'] : []),
    bin('mocha/bin/mocha.js'),
    '--reporter',
    path.join(root, 'test/reporter.mjs'),
    '--reporter-option',
    `counts=${countsFile}`,
    ...args,
  ]
  const child = spawn(process.execPath, command, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    detached: true,
  })
  const stopGroup = (/** @type {NodeJS.Signals} */ signal) => {
    try {
      if (child.pid) process.kill(-child.pid, signal)
    } catch {
      // It has ended already.
    }
  }
  const onSignal = () => stopGroup('SIGINT')
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, onSignal)

  let why = ''
  const limit = setTimeout(() => {
    why = `The tests took longer than ${limitMs / 60_000} minutes.`
    stopGroup('SIGKILL')
  }, limitMs)
  let endedAtMs = 0
  const watch = setInterval(() => {
    if (endedAtMs === 0 && readCounts(countsFile)?.ended) endedAtMs = performance.now()
    if (endedAtMs === 0 || performance.now() - endedAtMs < lingerMs) return
    why = 'The tests ended, but something of theirs stayed open.'
    stopGroup('SIGKILL')
  }, 1000)
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('exit', (status) => resolve(status ?? 1))
  })
  clearTimeout(limit)
  clearInterval(watch)
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.off(signal, onSignal)

  const counts = readCounts(countsFile) ?? { passed: 0, failed: 0, skipped: 0, ended: false }
  if (!counts.ended && why === '') why = 'The tests stopped before their end.'
  if (counts.ended && code !== 0 && counts.failed === 0 && why === '')
    why = `The test runner ended with code ${code}.`
  if (why !== '') say(why)
  return { passed: counts.passed, failed: counts.failed + (why === '' ? 0 : 1), skipped: counts.skipped }
}

/**
 * @param {string} file
 * @returns {import('./reporter.mjs').Counts | null}
 */
function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

/** @returns {Promise<import('./tally.mjs').Tally>} */
async function run() {
  const { coverage, focused, mocha } = parseTestArgs(process.argv.slice(2), (name) =>
    existsSync(path.join(root, name)),
  )
  await setUp({ say, forTests: true })
  await build({ say })
  const checks = focused ? { passed: 0, failed: 0, skipped: 0 } : await checkAll()
  return sum([checks, await testAll(mocha, coverage)])
}

/** @type {import('./tally.mjs').Tally} */
let tally = { passed: 0, failed: 1, skipped: 0 }
try {
  tally = await run()
} catch (failure) {
  console.error(failure instanceof SetUpError ? failure.message : failure)
}
process.exitCode = tally.failed > 0 ? 1 : 0
console.log(lastLine(tally))
