import { expect } from 'chai'
import { limitNotes } from '../../../config/protocol/titleLimits.ts'
import { seatFault, seatShare, withinSeat } from '../../../edge/packages/seatShare.ts'
import { titleJson } from '../../server/support/titles.ts'

const gib = 1024 ** 3

describe('a seat', () => {
  const manifest = titleJson('game')
  const asking = (limits: Partial<typeof manifest.limits>) => ({
    manifest: { ...manifest, limits: { ...manifest.limits, ...limits } },
  })

  it('has its share of the node and no more, whatever a publisher writes', () => {
    const seat = seatShare({ memoryBytes: 40 * gib, cores: 16, seats: 8 })
    expect(seat).to.deep.equal({ memoryBytes: 4.5 * gib, cpuCores: 2 })
    const greedy = asking({ memoryBytes: 256 * gib, tmpBytes: 64 * gib, cpuCores: 64 })
    expect(withinSeat(greedy, seat).manifest.limits).to.deep.include({
      memoryBytes: 4.5 * gib,
      tmpBytes: 4.5 * gib,
      cpuCores: 2,
    })
    expect(seatFault(greedy.manifest, seat)).to.contain('a seat here has 4608 MiB')
    const modest = asking({ memoryBytes: gib, tmpBytes: gib, cpuCores: 1.5 })
    expect(withinSeat(modest, seat)).to.deep.equal(modest)
    expect(seatFault(modest.manifest, seat)).to.equal(null)
  })

  it('has a core where a host has asked for more seats than cores', () => {
    expect(seatShare({ memoryBytes: 8 * gib, cores: 2, seats: 4 }).cpuCores).to.equal(1)
  })

  it('is thought of by whoever writes a manifest: what few nodes have is told before it is pushed', () => {
    expect(limitNotes(asking({ memoryBytes: 2 * gib, cpuCores: 4 }).manifest)).to.deep.equal([])
    const notes = limitNotes(asking({ memoryBytes: 16 * gib, tmpBytes: 8 * gib, cpuCores: 16 }).manifest)
    expect(notes.map(({ field }) => field)).to.deep.equal([
      'limits.memoryBytes',
      'limits.tmpBytes',
      'limits.cpuCores',
    ])
  })
})
