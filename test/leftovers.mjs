import { readdirSync } from 'node:fs'
import path from 'node:path'
import { readProcess } from '../server/local/processes.mjs'

/** What tools keep on purpose for their next run. */
const caches = /^(tsx-|node-compile-cache|v8-compile-cache|node-jiti)/

/** Screens and control groups carry the tag of the process that made them: `<pid namespace>-<pid>-<start>`. */
const ownerTag = /(?:^|nearcade-)\d+-(\d+)-(\d+)(?:-|$)/

/** @returns {Set<string>} screens in shared memory and control groups of ours, whoever made them */
export function sharedEntries() {
  const groups = '/sys/fs/cgroup'
  const folders = [groups, ...list(groups).map((name) => path.join(groups, name))].map((folder) =>
    path.join(folder, 'nearcade'),
  )
  const screens = list('/dev/shm').filter((name) => name.startsWith('nearcade'))
  return new Set([
    ...screens.map((name) => path.join('/dev/shm', name)),
    ...folders.flatMap((folder) =>
      list(folder)
        .filter((name) => ownerTag.test(name))
        .map((name) => path.join(folder, name)),
    ),
  ])
}

/**
 * @param {ReadonlySet<string>} before
 * @param {ReadonlySet<string>} after
 * @param {(pid: number) => string | null} startOf when a process started; null when there is none
 * @returns {string[]} new entries whose owner is gone
 */
export function abandoned(before, after, startOf) {
  return [...after].filter((entry) => {
    const [, pid, started] = ownerTag.exec(path.basename(entry)) ?? []
    return !before.has(entry) && startOf(Number(pid)) !== started
  })
}

/** @param {ReadonlySet<string>} before */
export function abandonedNow(before) {
  return abandoned(before, sharedEntries(), (pid) => readProcess(pid)?.startedTicks ?? null)
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
