import { expect } from 'chai'
import { AvSync } from '../../client/player/avSync.ts'
import type { FrameSample } from '../../client/player/trace.ts'
import { wallMsOf } from '../../config/protocol/rtpClock.ts'
import { rtpTimestamp } from '../../edge/stream/clock.ts'

const wallMs = 1_795_394_492_668
const frame = (capturedAtMs: number, displayedAtMs: number): FrameSample => ({
  rtpTimestamp: 0,
  receivedAtMs: null,
  readyAtMs: null,
  presentedAtMs: displayedAtMs,
  displayedAtMs,
  capturedAtMs,
  encodedAtMs: 0,
  sentAtMs: 0,
  inputId: 0,
})

describe('the distance between sound and picture', () => {
  it('is read off the stamps that the edge gives, across the turn of their clocks', () => {
    for (const hz of [48_000, 90_000])
      for (let n = 0; n < 40; n += 1) {
        const atMs = wallMs + n * 3_600_000
        expect(wallMsOf(rtpTimestamp(atMs, hz), hz, atMs + 900)).to.be.closeTo(atMs, 0.02)
      }
  })

  it('counts each from its capture: sound 60 ms later, picture 25 ms later', () => {
    const originMs = wallMs - 5_000
    const edgeAheadMs = 77
    const sync = new AvSync()
    expect(sync.skewMs([frame(1000, 1025)])).to.equal(null)
    for (let n = 0; n < 12; n += 1) {
      const heardAtMs = wallMs + 1000 * n
      sync.heard(
        { timestamp: heardAtMs, rtpTimestamp: rtpTimestamp(heardAtMs - 60 + edgeAheadMs, 48_000) },
        (browserMs) => browserMs + originMs + edgeAheadMs,
        originMs,
      )
    }
    expect(sync.soundLateMs).to.be.closeTo(60, 0.05)
    expect(sync.skewMs([])).to.equal(null)
    expect(sync.skewMs([frame(1000, 1025), frame(1016, 1041)])).to.be.closeTo(35, 0.05)
  })
})
