import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'

/**
 * How to see that a package is there without asking a package manager: a program on the search path, a file, or a
 * shared library in one of the multi-arch folders.
 * @typedef {{ program: string } | { file: string } | { library: string }} Probe
 */

/**
 * @typedef {object} SystemPackage
 * @property {string} name of the Debian or Ubuntu package
 * @property {readonly Probe[]} probes all of which must hold
 * @property {string} does what Nearcade uses it for
 * @property {string} without what a person loses when it is missing
 */

/** @type {readonly SystemPackage[]} */
export const systemPackages = [
  {
    name: 'xvfb',
    probes: [{ program: 'Xvfb' }],
    does: 'the display of each session',
    without: 'no game can be played; the library page still opens',
  },
  {
    name: 'bubblewrap',
    probes: [{ program: 'bwrap' }],
    does: 'the sandbox around each game',
    without: 'no game can be played; the library page still opens',
  },
  {
    name: 'pulseaudio',
    probes: [{ program: 'pulseaudio' }],
    does: 'the sound server of each session',
    without: 'games have no sound',
  },
  {
    name: 'pulseaudio-utils',
    probes: [{ program: 'parec' }],
    does: 'recording a session’s sound',
    without: 'games have no sound',
  },
  {
    name: 'libyuv0',
    probes: [{ library: 'libyuv.so.0' }],
    does: 'the fast colour conversion before encoding',
    without: 'encoding costs more CPU',
  },
  {
    name: 'freedoom',
    probes: [{ file: '/usr/share/games/doom/freedoom1.wad' }],
    does: 'the levels of Freedoom',
    without: 'Freedoom cannot be played',
  },
  {
    name: 'crispy-doom',
    probes: [{ program: 'crispy-doom' }],
    does: 'the engine of Freedoom at 60 frames a second',
    without: 'Freedoom cannot be played at 60 frames a second',
  },
  {
    name: 'chocolate-doom',
    probes: [{ program: 'chocolate-doom' }],
    does: 'the light engine of Freedoom, 35 frames a second',
    without: 'the light variant of Freedoom cannot be played',
  },
  {
    name: 'supertux',
    probes: [{ program: 'supertux2' }],
    does: 'SuperTux',
    without: 'SuperTux cannot be played',
  },
  {
    name: 'lbreakouthd',
    probes: [{ program: 'lbreakouthd' }],
    does: 'LBreakoutHD',
    without: 'LBreakoutHD cannot be played',
  },
  {
    name: 'chromium',
    probes: [{ program: 'chromium' }],
    does: 'HTML5 games, and the browser of the tests',
    without: 'HTML5 games cannot be played, and the browser tests cannot run',
  },
]

/**
 * What only the tests need. Debian starts coturn when it is installed: nobody who just wants to play gets it.
 * @type {readonly SystemPackage[]}
 */
export const testPackages = [
  {
    name: 'coturn',
    probes: [{ program: 'turnserver' }],
    does: 'the relay that the tests play through',
    without: 'the tests of playing through a relay cannot run',
  },
]

/**
 * @param {readonly SystemPackage[]} table
 * @param {(probe: Probe) => boolean} holds
 */
export function missingPackages(table, holds) {
  return table.filter(({ probes }) => !probes.every(holds))
}

/**
 * @param {readonly SystemPackage[]} missing
 * @returns {string[]} one line a consequence, packages with the same one together
 */
export function describeMissing(missing) {
  /** @type {Map<string, string[]>} */
  const byConsequence = new Map()
  for (const { name, without } of missing)
    byConsequence.set(without, [...(byConsequence.get(without) ?? []), name])
  return [...byConsequence].map(([without, names]) => `without ${names.join(' and ')}: ${without}`)
}

/** Debian puts games where root's search path does not look. */
const gameFolders = ['/usr/games', '/usr/local/games']

/**
 * @param {string | undefined} searchPath as in `PATH`
 * @returns {(probe: Probe) => boolean}
 */
export function probeOn(searchPath) {
  const folders = [...(searchPath ?? '').split(path.delimiter).filter(Boolean), ...gameFolders]
  return (probe) => {
    if ('program' in probe) return folders.some((folder) => existsSync(path.join(folder, probe.program)))
    if ('file' in probe) return existsSync(probe.file)
    return libraryFolders().some((folder) => existsSync(path.join(folder, probe.library)))
  }
}

function libraryFolders() {
  const roots = ['/usr/lib', '/lib', '/usr/local/lib']
  return roots.flatMap((root) => [root, ...multiArchFolders(root)])
}

/** @param {string} root */
function multiArchFolders(root) {
  if (!existsSync(root)) return []
  return readdirSync(root)
    .filter((name) => name.endsWith('-linux-gnu') || name.endsWith('-linux-gnueabihf'))
    .map((name) => path.join(root, name))
}
