import { expect } from 'chai'
import type { PacketResult } from '../../../../edge/transport/congestion/controller.ts'
import { createLossBursts } from '../../../../edge/transport/congestion/lossBursts.ts'

const result = (sequence: number, lost: boolean): PacketResult => ({
  sent: { sequence, kind: 'video', bytes: 1200, sentAtMs: sequence, probeId: null },
  arrivedAtMs: lost ? null : sequence + 20,
})
/** Each burst is followed by twenty packets that arrive. */
function after(bursts: readonly number[]): number {
  const measured = createLossBursts()
  let sequence = 0
  for (const length of bursts) {
    const lost = Array.from({ length }, () => result(sequence++, true))
    const arrived = Array.from({ length: 20 }, () => result(sequence++, false))
    // What is lost is known later than what arrived after it.
    measured.update(arrived)
    for (const one of lost) measured.update([one])
  }
  return measured.mean
}

describe('bursts of losses', () => {
  it('are single packets until they are seen to be longer', () => {
    expect(after([])).to.equal(1)
    expect(after(Array.from({ length: 50 }, () => 1))).to.equal(1)
  })

  it('are as long as those of late, on average', () => {
    expect(after(Array.from({ length: 80 }, (_, i) => 3 + (i % 5)))).to.be.within(4.3, 5.7)
    expect(after([...Array.from({ length: 80 }, () => 6), ...Array.from({ length: 80 }, () => 1)])).below(1.1)
  })
})
