import { expect } from 'chai'
import { fitDisplay, pathOf } from '../../client/player/displayPhase.ts'
import { median, percentile } from '../../client/player/percentile.ts'
import { statsBetween, totalsOf } from '../../client/player/stats.ts'

const ticks = (
  count: number,
  intervalMs: number,
  noiseMs = 0,
  skip: (n: number) => boolean = () => false,
): number[] =>
  Array.from({ length: count }, (_, n) => n)
    .filter((n) => !skip(n))
    .map((n) => 1_000 + n * intervalMs + noiseMs * Math.sin(n * 12.9898))

describe('display phase', () => {
  it('finds interval and phase of 60 Hz, also when most ticks are missing', () => {
    const fit = fitDisplay(ticks(400, 1000 / 60, 0.2, (n) => n % 3 === 1 || n % 7 === 2))
    expect(fit?.intervalMs).to.be.closeTo(1000 / 60, 0.01)
    expect(((fit?.tickAtMs ?? 0) - 1_000) / (1000 / 60)).to.be.closeTo(399, 0.05)
  })

  it('finds 144 Hz from pictures that come 60 times a second', () => {
    const interval = 1000 / 144
    const seen = Array.from(
      { length: 150 },
      (_, n) => 1_000 + Math.round((n * (1000 / 60)) / interval) * interval,
    )
    const fit = fitDisplay(seen)
    expect(fit?.intervalMs).to.be.closeTo(interval, 0.01)
    const grid = ((fit?.tickAtMs ?? 0) - 1_000) / interval
    expect(Math.abs(grid - Math.round(grid))).to.be.below(0.05)
  })

  it('says nothing of too few ticks, or of ticks that are no grid', () => {
    expect(fitDisplay(ticks(10, 16.7))).to.equal(null)
    expect(fitDisplay(ticks(120, 16.7, 7))).to.equal(null)
    expect(fitDisplay(Array.from({ length: 60 }, () => 5))).to.equal(null)
  })

  it('takes the middle of the ways, and how late the late ones are as the margin', () => {
    const ways = Array.from({ length: 100 }, (_, n) => (n < 80 ? 5 : 8))
    expect(pathOf(ways, 16.7)?.pathMs).to.equal(5)
    expect(pathOf(ways, 16.7)?.marginMs).to.be.closeTo(3.7, 0.001)
    expect(pathOf(ways.slice(0, 5), 16.7)).to.equal(null)
  })

  it('gives no advice on a path that varies by a good part of an interval: it could only add delay', () => {
    const ways = Array.from({ length: 100 }, (_, n) => (n < 80 ? 5 : 40))
    expect(pathOf(ways, 16.7)).to.equal(null)
  })
})

describe('percentiles', () => {
  it('are nearest-rank, and null of nothing', () => {
    expect([percentile([5, 1, 4, 2, 3], 0.95), median([4, 1, 3]), percentile([], 0.5)]).to.deep.equal([
      5,
      3,
      null,
    ])
  })
})

const report = (change: Record<string, number> = {}): Parameters<typeof totalsOf>[0] => [
  {
    type: 'inbound-rtp',
    id: 'V',
    kind: 'video',
    codecId: 'C',
    framesDecoded: 100,
    framesDropped: 2,
    bytesReceived: 1_000_000,
    packetsReceived: 990,
    packetsLost: 10,
    jitter: 0.004,
    jitterBufferDelay: 1,
    jitterBufferEmittedCount: 100,
    totalDecodeTime: 0.2,
    frameWidth: 1280,
    frameHeight: 720,
    ...change,
  },
  {
    type: 'inbound-rtp',
    id: 'A',
    kind: 'audio',
    concealedSamples: change['framesDecoded'] === undefined ? 0 : 960,
    silentConcealedSamples: change['framesDecoded'] === undefined ? 0 : 480,
    totalSamplesReceived: change['framesDecoded'] === undefined ? 0 : 48_000,
  },
  { type: 'codec', id: 'C', mimeType: 'video/H264' },
  { type: 'transport', id: 'T', selectedCandidatePairId: 'P' },
  { type: 'candidate-pair', id: 'Q', currentRoundTripTime: 0.5 },
  { type: 'candidate-pair', id: 'P', currentRoundTripTime: 0.012 },
]

describe('stream statistics', () => {
  const first = totalsOf(report(), 10_000)
  const second = totalsOf(
    report({
      framesDecoded: 160,
      bytesReceived: 2_000_000,
      packetsReceived: 1_980,
      packetsLost: 20,
      jitterBufferDelay: 1.12,
      jitterBufferEmittedCount: 160,
      totalDecodeTime: 0.32,
    }),
    11_000,
  )

  it('counts what was asked for again, not the repeats with which the node fills its probes', () => {
    const totals = totalsOf(report({ nackCount: 3, retransmittedPacketsReceived: 52 }), 10_000)
    expect(totals?.askedAgain).to.equal(3)
  })

  it('are rates over the time between two readings, of the path that is in use', () => {
    const stats = second && statsBetween(first, second)
    expect(stats).to.deep.include({
      fps: 60,
      bitrateBps: 8_000_000,
      lossPercent: 1,
      rttMs: 12,
      jitterMs: 4,
      codec: 'H264',
      widthPx: 1280,
    })
    expect(stats?.jitterBufferMs).to.be.closeTo(2, 0.001)
    expect(stats?.concealedPercent).to.equal(1)
    expect(stats?.decodeMs).to.be.closeTo(2, 0.001)
  })

  it('start afresh with a new connection instead of going negative', () => {
    const stats = first && second && statsBetween(second, first)
    expect(stats).to.deep.include({ fps: 0, bitrateBps: 0 })
  })

  it('do not exist before the first packet', () => {
    expect(totalsOf([{ type: 'transport', id: 'T' }], 1)).to.equal(null)
  })
})
