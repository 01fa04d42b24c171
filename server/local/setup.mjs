import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { installCommand, installPackages, splitByCandidate } from './apt.mjs'
import { installModules, missingNativeParts, modulesAreStale } from './modules.mjs'
import { nodeVersionProblem } from './nodeVersion.mjs'
import { describeMissing, missingPackages, probeOn, systemPackages, testPackages } from './packages.mjs'
import { SetUpError } from './setUpError.mjs'

/** The root of the repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/**
 * Makes this machine ready. Needs nothing but Node: it runs before any module is there.
 * @param {object} request
 * @param {(line: string) => void} request.say
 * @param {boolean} [request.forTests] whether what only the tests need is wanted too
 * @returns {Promise<{ missing: string[], hasFfmpeg: boolean }>} system packages that are still missing; whether the
 * system has an ffmpeg
 * @throws {SetUpError} when nothing can run at all
 */
export async function setUp({ say, forTests = false }) {
  await setUpModules({ say })
  const holds = probeOn(process.env['PATH'])
  const wanted = forTests ? [...systemPackages, ...testPackages] : systemPackages
  const missing = await completePackages(wanted, holds, say)
  return { missing, hasFfmpeg: holds({ program: 'ffmpeg' }) }
}

/**
 * The part of it that a build needs.
 * @param {{ say: (line: string) => void }} request
 * @throws {SetUpError}
 */
export async function setUpModules({ say }) {
  const problem = nodeVersionProblem(process.versions.node)
  if (problem) throw new SetUpError(problem)

  if (modulesAreStale(root)) await installModules(root, say)
  const parts = missingNativeParts(root, process.platform, process.arch)
  if (parts.length > 0)
    throw new SetUpError(
      `The native parts ${parts.join(', ')} are not installed: npm could not get them, or there are none for this platform (${process.platform} ${process.arch}). Delete node_modules and run the command again.`,
    )
}

/**
 * Root installs, somebody at a terminal is asked through sudo, everybody else reads one command. A machine that lacks a
 * package still runs what does not need it.
 * @param {readonly import('./packages.mjs').SystemPackage[]} wanted
 * @param {(probe: import('./packages.mjs').Probe) => boolean} holds
 * @param {(line: string) => void} say
 * @returns {Promise<string[]>} what is still missing
 */
async function completePackages(wanted, holds, say) {
  const missing = missingPackages(wanted, holds)
  if (missing.length === 0) return []
  const way = installerFor({
    hasApt: holds({ program: 'apt-get' }),
    hasSudo: holds({ program: 'sudo' }),
    isRoot: process.getuid?.() === 0,
    atTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
  })
  if (way !== null) {
    if (way === 'sudo') say('sudo may ask for your password.')
    try {
      const names = missing.map(({ name }) => name)
      const describe = (/** @type {string} */ wanted) =>
        missing.find(({ name }) => name === wanted)?.does ?? ''
      await installPackages({ names, describe, prefix: way === 'sudo' ? ['sudo'] : [], say })
    } catch (failure) {
      if (!(failure instanceof SetUpError)) throw failure
      say(failure.message)
    }
  }
  const still = missingPackages(wanted, holds)
  if (still.length > 0) await explain(still, holds, say)
  return still.map(({ name }) => name)
}

/**
 * @param {readonly import('./packages.mjs').SystemPackage[]} missing
 * @param {(probe: import('./packages.mjs').Probe) => boolean} holds
 * @param {(line: string) => void} say
 */
async function explain(missing, holds, say) {
  const names = missing.map(({ name }) => name)
  const { there, absent } = holds({ program: 'apt-cache' })
    ? await splitByCandidate(names)
    : { there: names, absent: [] }
  say('Some system packages are missing.')
  if (there.length > 0) {
    say('To install them:')
    say(`  ${installCommand(there, process.getuid?.() === 0)}`)
  }
  if (absent.length > 0) say(`This distribution has no package ${absent.join(', ')}.`)
  for (const line of describeMissing(missing)) say(`  ${line}`)
}

/**
 * @param {{ hasApt: boolean, hasSudo: boolean, isRoot: boolean, atTerminal: boolean }} machine
 * @returns {'root' | 'sudo' | null} who installs system packages; null when a person has to
 */
export function installerFor({ hasApt, hasSudo, isRoot, atTerminal }) {
  if (!hasApt) return null
  if (isRoot) return 'root'
  return hasSudo && atTerminal ? 'sudo' : null
}
