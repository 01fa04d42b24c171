import { expect } from 'chai'
import { ClockSync, clockSample } from '../../client/player/clock.ts'

describe('clock sync', () => {
  it('reads the offset exactly over a symmetric path, whatever the edge takes to answer', () => {
    const sample = clockSample(100, 5_110, 5_113, 123)
    expect(sample).to.deep.equal({ atMs: 123, rttMs: 20, offsetMs: 5_000 })
  })

  it('believes the least-delayed exchange and is off by at most half its round trip', () => {
    const clock = new ClockSync()
    clock.add(clockSample(0, 1_050, 1_050, 60))
    clock.add(clockSample(100, 1_103, 1_103, 104))
    clock.add(clockSample(200, 1_280, 1_280, 290))
    expect(clock.best?.rttMs).to.equal(4)
    expect(Math.abs((clock.best?.offsetMs ?? 0) - 1_000)).to.be.at.most(clock.uncertaintyMs ?? 0)
  })

  it('forgets exchanges older than half a minute, because clocks drift', () => {
    const clock = new ClockSync()
    clock.add(clockSample(0, 1_001, 1_001, 2))
    clock.add(clockSample(40_000, 41_026, 41_026, 40_050))
    expect(clock.best?.rttMs).to.equal(50)
  })

  it('converts both ways, and says null before the first exchange', () => {
    const clock = new ClockSync()
    expect(clock.toBrowserMs(5)).to.equal(null)
    clock.add(clockSample(100, 1_105, 1_105, 110))
    expect(clock.toBrowserMs(clock.toEdgeMs(42) ?? 0)).to.equal(42)
  })
})
