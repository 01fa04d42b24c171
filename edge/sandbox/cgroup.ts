import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { findCgroupMounts, planCgroups } from './cgroupPlan.ts'
import type { CgroupFolder, CgroupMount, Controller } from './cgroupPlan.ts'
import { ownerTag } from './host.ts'
import type { SandboxLimits } from './sandbox.ts'

/** The limits of one game, in the kernel's hands. */
export interface Cgroup {
  /** Where a process writes "0" to join, one file a tree. */
  readonly procsFiles: readonly string[]
  readonly controls: (controller: Controller) => boolean
  /** Stops every process at once; resolves when all have stopped. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  usage(): Promise<{ cpuSeconds: number; memoryBytes: number } | null>
  /** Whether the kernel killed something in it for want of memory. */
  ranOutOfMemory(): Promise<boolean>
  /** Kills what is left in it and removes the folders. */
  remove(): Promise<void>
}

export function cgroupMounts(): CgroupMount[] {
  const lines = (file: string): string => {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return ''
    }
  }
  return findCgroupMounts(lines('/proc/self/mountinfo'), (path) =>
    lines(join(path, 'cgroup.controllers')).trim().split(' '),
  )
}

/** v2 hands a controller down only where every parent says so. */
async function enableInParents(folder: CgroupFolder): Promise<void> {
  const owner = dirname(folder.path)
  const root = dirname(dirname(owner))
  const enable = folder.controllers
    .filter((name) => name === 'memory' || name === 'pids' || name === 'cpu')
    .map((name) => `+${name}`)
    .join(' ')
  for (const path of [root, dirname(owner), owner])
    await writeFile(join(path, 'cgroup.subtree_control'), enable)
}

/** A neighbour's clean-up may take the parents away between two steps: worth a second try. */
async function create(folder: CgroupFolder): Promise<boolean> {
  try {
    await mkdir(dirname(folder.path), { recursive: true })
    if (folder.version === 2) await enableInParents(folder)
    await mkdir(folder.path, { recursive: true })
    for (const { file, value, optional } of folder.writes) {
      const path = join(folder.path, file)
      if (!optional || existsSync(path)) await writeFile(path, value)
    }
    return true
  } catch {
    await rmdir(folder.path).catch(() => {})
    return false
  }
}

const pids = async (path: string): Promise<number[]> =>
  (await readFile(join(path, 'cgroup.procs'), 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number)

const counter = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)

/** Frozen is a state that the kernel reaches, not one that a write sets: tasks leave the kernel one by one. */
const freezePollMs = 1
const freezeTimeoutMs = 2000
const removeTimeoutMs = 5000

/** Makes the folders that this host lets us make; a tree it refuses is left out (`controls` tells). */
export async function createCgroup(game: string, limits: SandboxLimits): Promise<Cgroup> {
  const planned = planCgroups(cgroupMounts(), ownerTag(), game, limits)
  const folders: CgroupFolder[] = []
  for (const folder of planned) if ((await create(folder)) || (await create(folder))) folders.push(folder)
  const find = (controller: Controller): CgroupFolder | undefined =>
    folders.find((folder) => folder.controllers.includes(controller))
  const read = async (folder: CgroupFolder, file: string): Promise<string> =>
    await readFile(join(folder.path, file), 'utf8').catch(() => '')

  const setFrozen = async (frozen: boolean): Promise<void> => {
    const folder = find('freezer')
    if (folder === undefined) return
    const v1 = folder.version === 1
    await writeFile(
      join(folder.path, v1 ? 'freezer.state' : 'cgroup.freeze'),
      v1 ? (frozen ? 'FROZEN' : 'THAWED') : frozen ? '1' : '0',
    )
    if (!frozen) return
    const deadline = performance.now() + freezeTimeoutMs
    const reached = async (): Promise<boolean> =>
      v1
        ? (await read(folder, 'freezer.state')).trim() === 'FROZEN'
        : counter(await read(folder, 'cgroup.events'), 'frozen') === 1
    while (!(await reached()) && performance.now() < deadline) await wait(freezePollMs)
  }

  return {
    procsFiles: folders.map((folder) => join(folder.path, 'cgroup.procs')),
    controls: (controller) => find(controller) !== undefined,
    freeze: () => setFrozen(true),
    thaw: () => setFrozen(false),
    async usage() {
      const [cpu, memory] = [find('cpuacct'), find('memory')]
      if (cpu === undefined || memory === undefined) return null
      const cpuSeconds =
        cpu.version === 1
          ? Number(await read(cpu, 'cpuacct.usage')) / 1e9
          : counter(await read(cpu, 'cpu.stat'), 'usage_usec') / 1e6
      const file = memory.version === 1 ? 'memory.usage_in_bytes' : 'memory.current'
      return { cpuSeconds, memoryBytes: Number(await read(memory, file)) }
    },
    async ranOutOfMemory() {
      const memory = find('memory')
      if (memory === undefined) return false
      const file = memory.version === 1 ? 'memory.oom_control' : 'memory.events'
      return counter(await read(memory, file), 'oom_kill') > 0
    },
    async remove() {
      await Promise.all(folders.map(emptyAndRemove))
    },
  }
}

/** No time makes these right. */
const refusals = new Set(['EACCES', 'EPERM', 'EROFS'])

/** v1: a frozen process takes its SIGKILL only once thawed, so kill first, then thaw. Gives whether the folder is gone. */
export async function emptyAndRemove(folder: Pick<CgroupFolder, 'path' | 'version'>): Promise<boolean> {
  const { path } = folder
  const deadline = performance.now() + removeTimeoutMs
  for (;;) {
    if (folder.version === 2) await writeFile(join(path, 'cgroup.kill'), '1').catch(() => {})
    for (const pid of await pids(path)) kill(pid)
    await writeFile(join(path, 'freezer.state'), 'THAWED').catch(() => {})
    try {
      await rmdir(path)
      break
    } catch (error) {
      const refused = refusals.has((error as NodeJS.ErrnoException).code ?? '')
      if (refused || !existsSync(path) || performance.now() > deadline) break
      await wait(2)
    }
  }
  // the owner's folder goes with its last game, ours with its last owner
  await rmdir(dirname(path)).catch(() => {})
  await rmdir(dirname(dirname(path))).catch(() => {})
  return !existsSync(path)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone already
  }
}
