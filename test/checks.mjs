import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { availableParallelism } from 'node:os'

/** @typedef {{ name: string, program: string, args: string[] }} Check */
/** @typedef {{ name: string, passed: boolean, output: string, tookMs: number }} CheckResult */

const projects = [
  'tsconfig.json',
  'config/tsconfig.json',
  'client/tsconfig.json',
  'client/cli/tsconfig.json',
  'test/tsconfig.json',
]

/**
 * @param {string} root
 * @returns {Check[]} the slow ones first, so that they do not run alone at the end
 */
export function listChecks(root) {
  return [
    {
      name: 'lint',
      program: 'oxlint',
      args: ['--type-aware', '--deny-warnings', '--no-error-on-unmatched-pattern'],
    },
    { name: 'dead code', program: 'knip', args: ['--no-progress', '--no-config-hints'] },
    ...projects
      .filter((project) => existsSync(path.join(root, project)))
      .map((project) => ({ name: `types in ${project}`, program: 'tsc', args: ['-p', project] })),
    { name: 'format', program: 'biome', args: ['format', '--max-diagnostics=50', '.'] },
  ]
}

/**
 * Runs every check, whatever the others say.
 * @param {string} root
 * @param {readonly Check[]} checks
 * @param {(result: CheckResult) => void} onDone
 * @returns {Promise<CheckResult[]>} in the order in which they ended
 */
export async function runChecks(root, checks, onDone) {
  const waiting = [...checks]
  /** @type {CheckResult[]} */
  const results = []
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const result = await runCheck(root, next)
      results.push(result)
      onDone(result)
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, lane))
  return results
}

/**
 * @param {string} root
 * @param {Check} check
 * @returns {Promise<CheckResult>}
 */
function runCheck(root, { name, program, args }) {
  const started = performance.now()
  return new Promise((resolve) => {
    const child = spawn(path.join(root, 'node_modules/.bin', program), args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    /** @param {boolean} passed */
    const done = (passed) =>
      resolve({ name, passed, output: output.trimEnd(), tookMs: performance.now() - started })
    child.once('error', (cause) => {
      output += cause.message
      done(false)
    })
    child.once('close', (code) => done(code === 0))
  })
}

/**
 * @param {readonly CheckResult[]} results
 * @returns {string} what the failed ones said
 */
export function failuresOf(results) {
  return results
    .filter(({ passed }) => !passed)
    .map(({ name, output }) => `── ${name} ──\n${output}`)
    .join('\n\n')
}

/** @param {CheckResult} result */
export function checkLine({ name, passed, tookMs }) {
  return `  ${passed ? 'ok    ' : 'FAILED'}  ${name} (${(tookMs / 1000).toFixed(1)} s)`
}
