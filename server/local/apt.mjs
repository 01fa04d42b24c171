import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { SetUpError } from './setUpError.mjs'

const listsFolder = '/var/lib/apt/lists'
const listsFreshMs = 24 * 3_600_000
const installOptions = ['-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']

/**
 * The one command that a person can paste.
 * @param {readonly string[]} names
 * @param {boolean} isRoot
 */
export function installCommand(names, isRoot) {
  const apt = isRoot ? 'apt-get' : 'sudo apt-get'
  return `${apt} update && ${apt} install -y --no-install-recommends ${names.join(' ')}`
}

/**
 * @param {string} policy output of `apt-cache policy` in the C locale
 * @returns {Set<string>} names that can be installed from the lists on this machine
 */
export function installable(policy) {
  /** @type {Set<string>} */
  const names = new Set()
  let current = ''
  for (const line of policy.split('\n')) {
    const heading = /^(\S+):$/.exec(line)
    if (heading?.[1]) current = heading[1].replace(/:[a-z0-9]+$/, '')
    const candidate = /^ {2}Candidate: (\S+)/.exec(line)?.[1]
    if (candidate && candidate !== '(none)') names.add(current)
  }
  return names
}

/**
 * Installs what the distribution has of these packages.
 * @param {object} request
 * @param {readonly string[]} request.names
 * @param {(name: string) => string} request.describe what a package is for
 * @param {readonly string[]} request.prefix `[]` for root, `['sudo']` for somebody at a terminal
 * @param {(line: string) => void} request.say
 * @returns {Promise<string[]>} the packages that this distribution does not have
 * @throws {SetUpError} when apt fails
 */
export async function installPackages({ names, describe, prefix, say }) {
  let available = await candidates(names)
  if (names.some((name) => !available.has(name)) && listsAgeMs() > listsFreshMs) {
    say('Refreshing the package lists.')
    await apt(prefix, ['update', '-q'], () => {})
    available = await candidates(names)
  }
  const wanted = names.filter((name) => available.has(name))
  if (wanted.length > 0) {
    say('Installing system packages:')
    for (const name of wanted) say(`  ${name}: ${describe(name)}`)
    await installWithRetry(wanted, prefix, say)
  }
  return names.filter((name) => !available.has(name))
}

/**
 * A machine whose package lists were never fetched knows of no candidate, which says nothing about any package.
 * @param {readonly string[]} names
 */
export async function splitByCandidate(names) {
  if (!hasLists()) return { there: [...names], absent: [] }
  const available = await candidates(names)
  return {
    there: names.filter((name) => available.has(name)),
    absent: names.filter((name) => !available.has(name)),
  }
}

function hasLists() {
  try {
    return readdirSync(listsFolder).some((name) => /_Packages(\.|$)/.test(name))
  } catch {
    return false
  }
}

/** @returns {number} since the lists were last fetched; apt touches the folder of partial ones each time */
function listsAgeMs() {
  const found = statSync(`${listsFolder}/partial`, { throwIfNoEntry: false })
  return found && hasLists() ? Date.now() - found.mtimeMs : Number.POSITIVE_INFINITY
}

/** @param {readonly string[]} names */
async function candidates(names) {
  const { output } = await run('apt-cache', ['policy', ...names], () => {})
  return installable(output)
}

/**
 * Lists that are weeks old name files which the mirror has replaced: refresh them once and try again.
 * @param {readonly string[]} wanted
 * @param {readonly string[]} prefix
 * @param {(line: string) => void} say
 */
async function installWithRetry(wanted, prefix, say) {
  const onLine = progressOf(say)
  try {
    await apt(prefix, ['install', ...installOptions, ...wanted], onLine)
  } catch (failure) {
    say('apt could not install them with the lists on this machine; refreshing the lists and trying again.')
    await apt(prefix, ['update', '-q'], () => {}).catch(() => {
      throw failure
    })
    await apt(prefix, ['install', ...installOptions, ...wanted], onLine)
  }
}

/**
 * Turns the hundreds of lines of apt into one for each tenth package.
 * @param {(line: string) => void} say
 * @returns {(line: string) => void}
 */
function progressOf(say) {
  let total = 0
  let done = 0
  return (line) => {
    const size = /^\d+ upgraded, (\d+) newly installed/.exec(line)?.[1]
    if (size) total = Number(size)
    const download = /^Need to get (\S+ \S+)/.exec(line)?.[1]
    if (download && !download.startsWith('0 B')) say(`  downloading ${download}`)
    const name = /^Setting up (\S+)/.exec(line)?.[1]
    if (!name) return
    done += 1
    if (done % 10 === 0 || done === total) say(`  ${done} of ${total} packages set up`)
  }
}

/**
 * @param {readonly string[]} prefix
 * @param {readonly string[]} args
 * @param {(line: string) => void} onLine
 */
async function apt(prefix, args, onLine) {
  const command = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', 'apt-get', ...args]
  const { code, output } = await run(command[0] ?? '', command.slice(1), onLine)
  if (code === 0) return
  const said = output.split('\n').filter((line) => /^(E|W|Err|sudo|dpkg)\b/.test(line))
  const tail = said.length > 0 ? said.slice(-6) : output.trim().split('\n').slice(-6)
  throw new SetUpError(
    [`apt-get ${args[0]} failed with code ${code}:`, ...tail.map((line) => `  ${line}`)].join('\n'),
  )
}

/**
 * Standard input stays with the terminal so that sudo can ask for its password.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {(line: string) => void} onLine
 * @returns {Promise<{ code: number, output: string }>}
 */
function run(program, args, onLine) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['inherit', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    })
    /** @type {string[]} */
    const lines = []
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        onLine(line)
      })
    }
    child.once('error', (cause) => reject(new SetUpError(`${program} could not be run: ${cause.message}`)))
    child.once('close', (code) => resolve({ code: code ?? 1, output: lines.join('\n') }))
  })
}
