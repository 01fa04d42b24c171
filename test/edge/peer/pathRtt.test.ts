import { expect } from 'chai'
import fc from 'fast-check'
import { ntpOf } from '../../../edge/peer/headerExtensions.ts'
import { createPathRtt } from '../../../edge/peer/pathRtt.ts'

const startMs = 1_700_000_000_000
/** What a browser says that got our report of then, so many ms before it answered. */
const answer = (sentAtMs: number, heldMs: number) => ({
  lastReport: Number((ntpOf(sentAtMs) >> 16n) & 0xffff_ffffn),
  delay: Math.round(heldMs * 65.536),
})

describe('the round trip by a browser’s reports', () => {
  it('is the time that it did not hold our report itself, the least of all', () => {
    const trip = fc.record({
      rttMs: fc.double({ min: 0.2, max: 2000, noNaN: true }),
      heldMs: fc.double({ min: 0, max: 5000, noNaN: true }),
    })
    fc.assert(
      // Any time: the middle of an NTP time starts again from 0 every 18 hours.
      fc.property(fc.nat(200_000_000), fc.array(trip, { minLength: 1, maxLength: 20 }), (offset, trips) => {
        const rtt = createPathRtt()
        for (const { rttMs, heldMs } of trips)
          rtt.report(answer(startMs + offset, heldMs), startMs + offset + heldMs + rttMs)
        expect(rtt.leastMs).to.be.closeTo(Math.min(...trips.map(({ rttMs }) => rttMs)), 0.05)
        expect(rtt.samples).to.equal(trips.length)
      }),
    )
  })

  it('is unknown before a report of ours has come, and after an answer that cannot be one', () => {
    const rtt = createPathRtt()
    rtt.report({ lastReport: 0, delay: 0 }, startMs)
    rtt.report(answer(startMs, 60), startMs + 50)
    rtt.report(answer(startMs, 0), startMs + 11_000)
    expect(rtt).to.include({ leastMs: null, samples: 0 })
  })

  it('forgets what was shorter ten minutes ago, and everything with the path', () => {
    const rtt = createPathRtt()
    const minutes = (from: number, to: number, rttMs: number): void => {
      for (let minute = from; minute < to; minute += 1) {
        const sentAtMs = startMs + minute * 60_000
        rtt.report(answer(sentAtMs, 0), sentAtMs + rttMs)
      }
    }
    minutes(0, 5, 12)
    minutes(5, 9, 30)
    expect(rtt.leastMs).to.be.closeTo(12, 0.05)
    minutes(9, 16, 30)
    expect(rtt.leastMs).to.be.closeTo(30, 0.05)
    rtt.reset()
    expect(rtt).to.include({ leastMs: null, samples: 0 })
  })
})
