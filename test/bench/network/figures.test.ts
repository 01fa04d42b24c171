import { expect } from 'chai'
import { emptyBarcode } from '../../../config/protocol/barcode.ts'
import type { LinkSlice } from '../../link/history.ts'
import {
  figuresOf,
  freezesOf,
  pictureBackAfter,
  recoveredAfter,
  shareOfCapacity,
  type Watched,
} from './figures.ts'
import { plotSvg } from './plot.ts'
import { scenarios } from './scenarios.ts'

const steadily = (fromMs: number, toMs: number, gapMs: number): number[] =>
  Array.from({ length: Math.round((toMs - fromMs) / gapMs) }, (_, i) => fromMs + i * gapMs)
const frame = (atMs: number, counter = Math.round(atMs)) => ({
  atMs,
  state: { ...emptyBarcode, counter },
})
const slice = (atMs: number, deliveredBytes: number, capacityBytes: number | null): LinkSlice => ({
  atMs,
  deliveredBytes,
  capacityBytes,
  offeredBytes: deliveredBytes,
  flowBytes: 0,
  lost: 0,
  overflowed: 0,
  queuedMs: 0,
})
const byName = (name: string) => {
  const found = scenarios.find((one) => one.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

describe('figures of a network run', () => {
  it('count a freeze by the W3C’s bound, and one that lasts to the end', () => {
    const times = steadily(0, 1000, 16)
    expect(freezesOf(times, 1000)).to.deep.equal({ count: 0, totalMs: 0 })
    const broken = [...times.filter((ms) => ms < 400), ...times.filter((ms) => ms >= 560)]
    expect(freezesOf(broken, 1000)).to.deep.equal({ count: 1, totalMs: 560 - 384 - 0 })
    const shorter = [...times.filter((ms) => ms < 400), ...times.filter((ms) => ms >= 544)]
    expect(freezesOf(shorter, 1000).count).to.equal(0)
    expect(freezesOf(times, 2000)).to.deep.equal({ count: 1, totalMs: 2000 - 992 })
  })

  it('tell when presses are answered in time again', () => {
    const presses = steadily(0, 10_000, 100).map((atMs) => ({
      atMs,
      seenAtMs: atMs + (atMs >= 4000 && atMs < 5200 ? 400 : 60),
    }))
    expect(recoveredAfter(presses, 4000, 10_000)).to.equal(1200)
    const never = presses.map(({ atMs }) => ({ atMs, seenAtMs: atMs + 300 }))
    expect(recoveredAfter(never, 4000, 10_000)).to.equal(6000)
  })

  it('tell when the picture is back for good', () => {
    const frames = [...steadily(0, 3000, 20), 6100, ...steadily(7300, 9000, 20)].map((ms) => frame(ms))
    expect(pictureBackAfter(frames, 6000, 9000)).to.equal(1300)
    expect(pictureBackAfter(frames.slice(0, 100), 6000, 9000)).to.equal(3000)
  })

  it('hold the bytes that arrived against what the link could have carried', () => {
    const down = [slice(0, 500, 1000), slice(100, 1000, 1000), slice(200, 250, 500)]
    expect(shareOfCapacity(down, 0, 300)).to.equal(70)
    expect(shareOfCapacity(down, 200, 300)).to.equal(50)
  })

  it('are those of the scenario, and a plot is drawn of them', () => {
    const watched: Watched = {
      frames: steadily(0, 30_000, 20).map((ms) => frame(ms)),
      presses: steadily(0, 30_000, 200).map((atMs) => ({ atMs, seenAtMs: atMs + 70 })),
      miscounted: 0,
      down: steadily(0, 30_000, 100).map((atMs) => slice(atMs, 100_000, 250_000)),
      jitterBufferMs: 3,
      frameHeightPx: 720,
      quality: { psnrDb: 38, ssim: 0.97 },
      machineBusyPercent: 50,
    }
    const figures = figuresOf(watched, byName('steps'), true)
    expect(figures).to.include({
      clickToPhotonP95Ms: 70,
      pressesNotSeen: 0,
      framesDeliveredPerSecond: 50,
      freezes: 0,
      bitrateMbps: 8,
      ofCapacityPercent: 40,
      recoveredAfterDropMs: 0,
      ofCapacityAfterReturnPercent: 40,
    })
    expect(figuresOf(watched, byName('clean40'), false)).to.not.include.keys(
      'clickToPhotonP95Ms',
      'ofCapacityPercent',
    )
    const odd = figuresOf({ ...watched, miscounted: 1 }, byName('steps'), true)
    expect(odd['clickToPhotonP95Ms']).to.be.NaN
    const svg = plotSvg(watched, byName('steps'))
    expect(svg).to.match(/^<svg .*<\/svg>\s*$/s)
    expect(svg).to.not.match(/NaN|Infinity|undefined/)
  })
})
