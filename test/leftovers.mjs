import { readdirSync } from 'node:fs'
import path from 'node:path'
import { listProcesses } from '../server/local/processes.mjs'

const shared = ['/tmp', '/dev/shm']
/** What tools keep on purpose for their next run. */
const caches = /^(tsx-|node-compile-cache|v8-compile-cache|node-jiti)/

/** @returns {Set<string>} what programs of ours have in the folders that all programs share */
export function sharedEntries() {
  return new Set(
    shared.flatMap((folder) =>
      list(folder)
        .filter((name) => name.startsWith('nearcade'))
        .map((name) => path.join(folder, name)),
    ),
  )
}

/**
 * @param {ReadonlySet<string>} before
 * @param {ReadonlySet<string>} after
 * @param {readonly string[]} commands of what runs now
 * @returns {string[]} new entries that nobody uses any more
 */
export function abandoned(before, after, commands) {
  return [...after].filter((entry) => !before.has(entry) && !commands.some((line) => line.includes(entry)))
}

/** @param {ReadonlySet<string>} before */
export function abandonedNow(before) {
  return abandoned(
    before,
    sharedEntries(),
    listProcesses().map(({ command }) => command),
  )
}

/**
 * @param {string} folder the temp folder of a run
 * @returns {string[]} what the run did not remove
 */
export function leftIn(folder) {
  return list(folder).filter((name) => !caches.test(name) && name !== 'owner.json')
}

/** @param {string} folder */
function list(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
