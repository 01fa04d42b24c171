import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { SetUpError } from './setUpError.mjs'

/**
 * The part of package-lock.json, and of npm's own record of what it installed, that says whether the two agree.
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lock
 */

/**
 * npm writes `node_modules/.package-lock.json` as its last step, so that comparing it with package-lock.json also finds
 * an installation which was cut off, and leaves alone one that somebody made with `npm install`.
 * @param {Lock} wanted
 * @param {Lock | null} installed
 * @param {(folder: string) => boolean} exists
 * @returns {boolean}
 */
export function isStale(wanted, installed, exists) {
  if (!installed?.packages) return true
  const have = installed.packages
  return Object.entries(wanted.packages ?? {}).some(([folder, { version, optional, devOptional }]) => {
    if (folder === '') return false
    const found = have[folder]
    // An optional package may be for another platform; npm leaves it out.
    if (!found) return !(optional || devOptional)
    return found.version !== version || !exists(folder)
  })
}

/** @param {string} root */
export function modulesAreStale(root) {
  const wanted = readLock(path.join(root, 'package-lock.json'))
  if (!wanted) throw new SetUpError('package-lock.json is missing or damaged: get a fresh copy of Nearcade.')
  const installed = readLock(path.join(root, 'node_modules', '.package-lock.json'))
  return isStale(wanted, installed, (folder) => existsSync(path.join(root, folder)))
}

/**
 * Installs exactly what package-lock.json names. Scripts of packages do not run (see .npmrc).
 * @param {string} root
 * @param {(line: string) => void} say
 * @throws {SetUpError} with npm's last lines
 */
export async function installModules(root, say) {
  say('Installing modules from the npm registry; the first time takes a minute or two.')
  const started = performance.now()
  const seconds = () => Math.round((performance.now() - started) / 1000)
  const stillThere = setInterval(() => say(`  still installing, ${seconds()} s`), 20_000)
  try {
    const { code, output } = await npm(root, ['ci', '--include=dev', '--include=optional', '--no-progress'])
    if (code !== 0) {
      const tail = output.trim().split('\n').slice(-12)
      throw new SetUpError(
        ['npm ci failed:', ...tail.map((line) => `  ${line}`), 'Is the npm registry reachable?'].join('\n'),
      )
    }
  } finally {
    clearInterval(stillThere)
  }
  say(`Modules are installed (${seconds()} s).`)
}

/**
 * Native parts come as optional packages, which npm leaves out in silence when it cannot get them.
 * @param {string} root
 * @param {NodeJS.Platform} platform
 * @param {NodeJS.Architecture} architecture
 * @returns {string[]} the ones that are missing
 */
export function missingNativeParts(root, platform, architecture) {
  return [`@seydx/node-av-${platform}-${architecture}`, `@esbuild/${platform}-${architecture}`].filter(
    (name) => !existsSync(path.join(root, 'node_modules', name)),
  )
}

/**
 * @param {string} file
 * @returns {Lock | null}
 */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

/**
 * `npm start` names the npm that it runs under; a script started by hand takes the one on the search path.
 * @param {string} root
 * @param {readonly string[]} args
 * @returns {Promise<{ code: number, output: string }>}
 */
function npm(root, args) {
  const own = process.env['npm_execpath']
  const [program, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []]
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // node-av would fetch a ready-made ffmpeg program in its install script, which nothing here uses.
      env: { ...process.env, SKIP_FFMPEG: 'true', NODE_ENV: 'development' },
    })
    const end = () => child.kill('SIGTERM')
    process.once('exit', end)
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output = `${output}${text}`.slice(-20_000)
      })
    child.once('error', (cause) => reject(new SetUpError(`npm could not be run: ${cause.message}`)))
    child.once('close', (code) => {
      process.off('exit', end)
      resolve({ code: code ?? 1, output })
    })
  })
}
