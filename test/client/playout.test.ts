import { expect } from 'chai'
import { latenessMs, Playout, type PathReading } from '../../client/player/playout.ts'

/** 60 frames a second for 2 s on a path of `spreadMs` to either side; RTP jitter of even spread is two thirds of that. */
const reading = (atMs: number, spreadMs: number, change: Partial<PathReading> = {}): PathReading => ({
  atMs,
  jitterMs: (2 * spreadMs) / 3,
  waysMs: Array.from({ length: 120 }, (_, n) => 40 + spreadMs * (2 * ((n * 0.618) % 1) - 1)),
  ...change,
})
const follow = (playout: Playout, from: number, seconds: number, spreadMs: number): number[] =>
  Array.from({ length: seconds }, (_, n) => playout.read(reading(1000 * (from + n), spreadMs)))

describe('playout', () => {
  it('holds no frame on a clean path, however long', () => {
    const playout = new Playout()
    expect(new Set(follow(playout, 0, 600, 2))).to.deep.equal(new Set([0]))
  })

  it('holds frames for 20 ms on a path of ± 15 ms, from the second reading on, and none 5 s after it has calmed', () => {
    const playout = new Playout()
    expect(follow(playout, 0, 5, 15)).to.deep.equal([0, 20, 20, 20, 20])
    // The last ways of the rough time are still in the first two readings.
    follow(playout, 5, 2, 15)
    expect(follow(playout, 7, 4, 1)).to.deep.equal([20, 20, 0, 0])
  })

  it('follows jitter that grows at once, up to a bound, and down again', () => {
    const playout = new Playout()
    follow(playout, 0, 3, 12)
    expect(follow(playout, 3, 1, 40)).to.deep.equal([40])
    expect(follow(playout, 4, 1, 400)).to.deep.equal([80])
    expect(follow(playout, 5, 4, 15).at(-1)).to.equal(20)
  })

  it('does not rise with one bad second', () => {
    const playout = new Playout()
    follow(playout, 0, 3, 1)
    expect([playout.read(reading(3000, 40)), ...follow(playout, 4, 3, 1)]).to.deep.equal([0, 0, 0, 0])
  })

  it('does not rise for a slow encoder, for frames that wait for a retransmission, or for a still picture', () => {
    const steady = reading(0, 1).waysMs
    const retransmitted = steady.map((way, n) => (n % 5 === 0 ? way + 60 : way))
    expect(latenessMs(reading(0, 1, { jitterMs: 30 })), 'uneven when it was sent').to.be.below(2)
    expect(latenessMs(reading(0, 1, { waysMs: retransmitted })), 'lost, not late').to.be.below(2)
    expect(latenessMs(reading(0, 40, { waysMs: [1, 90, 5] }))).to.equal(0)
    expect(latenessMs(reading(0, 40, { jitterMs: null }))).to.equal(0)
  })

  it('starts at nothing with a new connection', () => {
    const playout = new Playout()
    follow(playout, 0, 4, 20)
    playout.reset()
    expect(playout.targetMs).to.equal(0)
    expect(follow(playout, 4, 1, 20)).to.deep.equal([0])
  })
})
