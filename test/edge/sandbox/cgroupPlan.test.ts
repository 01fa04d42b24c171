import { expect } from 'chai'
import { findCgroupMounts, planCgroups } from '../../../edge/sandbox/cgroupPlan.ts'

const limits = { memoryBytes: 1000, maxProcesses: 20, cpuCores: 0.4, tmpBytes: 1 }
const line = (path: string, type: string, options: string): string =>
  `30 25 0:26 / ${path} rw,relatime shared:9 - ${type} cgroup rw,${options}`

describe('the cgroup plan', () => {
  it('puts each controller of a mixed host where it lives', () => {
    const mountinfo = [
      line('/sys/fs/cgroup/memory', 'cgroup', 'memory'),
      line('/sys/fs/cgroup/cpu', 'cgroup', 'cpu,cpuacct'),
      line('/sys/fs/cgroup/systemd', 'cgroup', 'xattr,name=systemd'),
      line('/sys/fs/cgroup/unified', 'cgroup2', 'nsdelegate'),
      '31 25 0:27 / /proc rw - proc proc rw',
    ].join('\n')
    const mounts = findCgroupMounts(mountinfo, () => ['pids', 'hugetlb'])
    const plan = planCgroups(mounts, '1-2-3', 'game', limits)
    expect(plan.map(({ version, path, controllers }) => [version, path, ...controllers])).to.deep.equal([
      [1, '/sys/fs/cgroup/memory/nearcade/1-2-3/game', 'memory'],
      [1, '/sys/fs/cgroup/cpu/nearcade/1-2-3/game', 'cpu', 'cpuacct'],
      [2, '/sys/fs/cgroup/unified/nearcade/1-2-3/game', 'pids', 'freezer'],
    ])
  })

  it('does not use a v2 tree that offers no limit', () => {
    expect(findCgroupMounts(line('/sys/fs/cgroup/unified', 'cgroup2', 'rw'), () => [''])).to.deep.equal([])
  })

  it('has a quota period of 10 ms in both versions', () => {
    const writes = (version: 1 | 2) =>
      planCgroups([{ version, path: '/c', controllers: ['cpu'] }], 'o', 'g', limits)[0]?.writes.map(
        ({ file, value }) => `${file}=${value}`,
      )
    expect(writes(1)).to.deep.equal(['cpu.cfs_period_us=10000', 'cpu.cfs_quota_us=4000'])
    expect(writes(2)).to.deep.equal(['cpu.max=4000 10000'])
  })

  it('bounds swap together with memory, in the order that the kernel takes', () => {
    const writes = (version: 1 | 2) =>
      planCgroups([{ version, path: '/c', controllers: ['memory'] }], 'o', 'g', limits)[0]?.writes.map(
        ({ file }) => file,
      )
    expect(writes(1)).to.deep.equal(['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'])
    expect(writes(2)).to.deep.equal(['memory.max', 'memory.swap.max', 'memory.oom.group'])
  })

  it('asks for no quota that the kernel would refuse', () => {
    const [folder] = planCgroups([{ version: 1, path: '/c', controllers: ['cpu'] }], 'o', 'g', {
      ...limits,
      cpuCores: 0.01,
    })
    expect(folder?.writes.at(-1)?.value).to.equal('1000')
  })
})
