import { readdir, readFile } from 'node:fs/promises'

/** Pure: `root` and all its descendants, from pairs of pid and parent. */
export function descendants(root: number, parents: ReadonlyMap<number, number>): number[] {
  const children = new Map<number, number[]>()
  for (const [pid, parent] of parents) children.set(parent, [...(children.get(parent) ?? []), pid])
  const found: number[] = [root]
  // the array grows while it is walked: breadth first
  for (const pid of found) found.push(...(children.get(pid) ?? []))
  return found
}

async function readParents(): Promise<Map<number, number>> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null)
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  return parents
}

/**
 * Stops or continues a process and all below it, for hosts without a freezer. Goes round until it finds nobody new,
 * since a process may fork while its siblings are being stopped.
 */
export async function signalTree(root: number, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const done = new Set<number>()
  for (let before = -1; before !== done.size; ) {
    before = done.size
    for (const pid of descendants(root, await readParents())) {
      if (done.has(pid)) continue
      done.add(pid)
      tell(pid, signal)
    }
  }
}

/**
 * Kills a sandbox with all that is in it. Its outermost process alone is not enough while it is still coming up: until bwrap's first
 * child has tied its life to its parent's (PR_SET_PDEATHSIG), which it does last, it outlives the parent: either it waits for a word
 * of it for ever, or it goes on and runs the program. All are stopped first, so that nobody is born behind our back.
 */
export async function killTree(root: number): Promise<void> {
  if (!tell(root, 'SIGSTOP')) return
  await signalTree(root, 'SIGSTOP')
  for (const pid of descendants(root, await readParents())) tell(pid, 'SIGKILL')
}

/** False: it is gone already. */
function tell(pid: number, signal: 'SIGCONT' | 'SIGKILL' | 'SIGSTOP' | 'SIGTERM'): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/**
 * Asks the programs in a sandbox to end (SIGTERM). The sandbox's own processes are left alone: with the outermost everything would be
 * killed at once, and pid 1 inside ends with the last program.
 */
export async function askToEnd(root: number): Promise<void> {
  for (const pid of descendants(root, await readParents())) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    if (pid !== root && name !== '' && !sandboxPrograms.has(name.trim())) tell(pid, 'SIGTERM')
  }
}

const sandboxPrograms: ReadonlySet<string> = new Set(['bwrap', 'setpriv', 'prlimit'])
