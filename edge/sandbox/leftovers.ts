import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cgroupMounts, emptyAndRemove } from './cgroup.ts'
import { ownerIsGone } from './host.ts'

/** Where shared memory lives, and how ours is named: `nearcade-<owner tag>-<random>`. */
export const shmFolder = '/dev/shm'
export const shmPrefix = 'nearcade-'

const list = async (folder: string): Promise<string[]> => await readdir(folder).catch(() => [])

/**
 * Ends and removes what processes that are gone for good left behind: games frozen in a v1 cgroup (which no signal
 * reaches), empty cgroups, screens in shared memory. Only what carries the tag of a dead owner is touched, so it may run
 * at any time and beside other agents: at the agent's start, and after a session process died. Never rejects: what cannot
 * be removed (another user's) is told to `onLeft` and stays. Gives how many went.
 */
export async function sweepLeftovers(
  onLeft: (path: string, error: unknown) => void = () => {},
): Promise<{ readonly cgroups: number; readonly screens: number }> {
  const folders: { path: string; version: 1 | 2 }[] = []
  for (const { path, version } of cgroupMounts()) {
    const parent = join(path, 'nearcade')
    for (const owner of (await list(parent)).filter(ownerIsGone)) {
      const entries = await readdir(join(parent, owner), { withFileTypes: true }).catch(() => [])
      const games = entries.filter((entry) => entry.isDirectory())
      folders.push(...games.map((game) => ({ path: join(parent, owner, game.name), version })))
      if (games.length === 0) await rmdir(join(parent, owner)).catch(() => {})
    }
  }
  // together: a game frozen in one tree leaves no tree before it is thawed in that one
  const gone = await Promise.all(folders.map(emptyAndRemove))
  for (const [i, { path }] of folders.entries())
    if (gone[i] !== true) onLeft(path, new Error('the cgroup cannot be removed'))
  const screens = await removeOfGoneOwners(shmFolder, shmPrefix, onLeft)
  return { cgroups: gone.filter(Boolean).length, screens }
}

/** Removes the folders `<prefix><owner tag>-…` whose owners are gone, each for itself; gives how many went. */
export async function removeOfGoneOwners(
  parent: string,
  prefix: string,
  onLeft: (path: string, error: unknown) => void,
): Promise<number> {
  let removed = 0
  for (const name of await list(parent)) {
    if (!name.startsWith(prefix)) continue
    const owner = /^(\d+-\d+-\d+)-/.exec(name.slice(prefix.length))?.[1]
    if (owner === undefined || !ownerIsGone(owner)) continue
    const path = join(parent, name)
    try {
      await rm(path, { recursive: true, force: true })
      removed += 1
    } catch (error) {
      onLeft(path, error)
    }
  }
  return removed
}
