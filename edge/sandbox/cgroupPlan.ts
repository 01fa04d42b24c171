import type { SandboxLimits } from './sandbox.ts'

/**
 * Pure: which cgroup folders a game gets and what is written where. Hosts mix versions: v1 puts every controller in a
 * tree of its own, v2 all of them in one (Documentation/admin-guide/cgroup-v1, cgroup-v2.rst).
 */
export type Controller = 'memory' | 'pids' | 'cpu' | 'cpuacct' | 'freezer'

export interface CgroupMount {
  readonly version: 1 | 2
  readonly path: string
  /** v1: the controllers of this tree; v2: those that its root offers. */
  readonly controllers: readonly Controller[]
}

export interface CgroupFolder {
  readonly version: 1 | 2
  readonly path: string
  readonly controllers: readonly Controller[]
  /** In this order; a file that the kernel lacks is skipped where `optional`. */
  readonly writes: readonly { readonly file: string; readonly value: string; readonly optional: boolean }[]
}

const wanted: readonly Controller[] = ['memory', 'pids', 'cpu', 'cpuacct', 'freezer']

/** 10 ms: with 100 ms a game that has no frame limiter of its own is frozen for 60 ms at a time and loses frames. */
export const quotaPeriodUs = 10_000
/** The kernel refuses quotas under 1 ms. */
const minQuotaUs = 1000

/** Reads `/proc/self/mountinfo` (proc(5)); `controllersOfV2` gives a v2 root's `cgroup.controllers`. */
export function findCgroupMounts(
  mountinfo: string,
  controllersOfV2: (path: string) => readonly string[],
): CgroupMount[] {
  return mountinfo.split('\n').flatMap((line): CgroupMount[] => {
    const [before, after] = line.split(' - ')
    const path = before?.split(' ')[4]
    const [type, , options] = after?.split(' ') ?? []
    if (path === undefined) return []
    if (type === 'cgroup') {
      const controllers = wanted.filter((name) => (options ?? '').split(',').includes(name))
      return controllers.length === 0 ? [] : [{ version: 1, path, controllers }]
    }
    if (type === 'cgroup2') {
      const offered = controllersOfV2(path)
      const controllers = wanted.filter((name) => offered.includes(name))
      // the freezer and CPU accounting are always there in v2, yet of use only where a limit can be set too
      return controllers.length === 0
        ? []
        : [{ version: 2, path, controllers: [...controllers, 'freezer', 'cpuacct'] }]
    }
    return []
  })
}

const quotaUs = (cpuCores: number): number => Math.max(minQuotaUs, Math.round(cpuCores * quotaPeriodUs))

const writesFor = (version: 1 | 2, controller: Controller, limits: SandboxLimits): CgroupFolder['writes'] => {
  const write = (file: string, value: number | string, optional = false) => ({
    file,
    value: String(value),
    optional,
  })
  switch (controller) {
    case 'memory':
      return version === 1
        ? // the second bounds memory and swap together and must not be under the first
          [
            write('memory.limit_in_bytes', limits.memoryBytes),
            write('memory.memsw.limit_in_bytes', limits.memoryBytes, true),
          ]
        : [
            write('memory.max', limits.memoryBytes),
            write('memory.swap.max', 0, true),
            // half a game is no game: the kernel ends all of it
            write('memory.oom.group', 1, true),
          ]
    case 'pids':
      return [write('pids.max', limits.maxProcesses)]
    case 'cpu':
      return version === 1
        ? [write('cpu.cfs_period_us', quotaPeriodUs), write('cpu.cfs_quota_us', quotaUs(limits.cpuCores))]
        : [write('cpu.max', `${quotaUs(limits.cpuCores)} ${quotaPeriodUs}`)]
    case 'cpuacct':
    case 'freezer':
      return []
    default:
      return controller satisfies never
  }
}

/** One folder per tree, `<mount>/nearcade/<owner>/<game>`; the first tree that has a controller provides it. */
export function planCgroups(
  mounts: readonly CgroupMount[],
  owner: string,
  game: string,
  limits: SandboxLimits,
): CgroupFolder[] {
  const taken = new Set<Controller>()
  return mounts.flatMap((mount): CgroupFolder[] => {
    const controllers = mount.controllers.filter((name) => !taken.has(name))
    if (controllers.length === 0) return []
    for (const name of controllers) taken.add(name)
    const writes = controllers.flatMap((name) => writesFor(mount.version, name, limits))
    return [{ version: mount.version, path: `${mount.path}/nearcade/${owner}/${game}`, controllers, writes }]
  })
}
