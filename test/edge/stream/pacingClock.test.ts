import { expect } from 'chai'
import {
  captured,
  captureTime,
  type DisplayPhase,
  type PlannedCapture,
  type PacingState,
  startPacing,
} from '../../../edge/stream/pacingClock.ts'

/** Runs changes at the given times through the clock; a change while one waits is part of it. Returns capture times. */
function capturesOf(
  changesMs: readonly number[],
  fps: number,
  display: DisplayPhase | null = null,
): number[] {
  let state: PacingState = startPacing
  const captures: number[] = []
  let waiting: PlannedCapture | null = null
  const takeUntil = (nowMs: number) => {
    if (waiting === null || waiting.atMs > nowMs) return
    captures.push(waiting.atMs)
    state = captured(state, waiting.atMs, waiting.tickMs, fps)
    waiting = null
  }
  for (const nowMs of changesMs) {
    takeUntil(nowMs)
    waiting ??= captureTime(state, { nowMs, fps, display })
  }
  takeUntil(Infinity)
  return captures
}

const every = (
  intervalMs: number,
  count: number,
  fromMs = 1000,
  jitterMs: (nth: number) => number = () => 0,
) => Array.from({ length: count }, (_, nth) => fromMs + nth * intervalMs + jitterMs(nth))
const wobble = (byMs: number) => (nth: number) => byMs * Math.sin(nth * 2.399)
const delays = (captures: readonly number[], changes: readonly number[]) =>
  captures.map((atMs) => atMs - Math.max(...changes.filter((changeMs) => changeMs <= atMs)))

describe('pacing clock', () => {
  it('takes a change on a still screen at once', () => {
    expect(capturesOf([1000, 5000, 9000], 60)).to.deep.equal([1000, 5000, 9000])
  })

  it('takes each frame of a game that draws at exactly the rate, at once, jitter or not', () => {
    const changes = every(1000 / 60, 600, 1000, wobble(3))
    expect(capturesOf(changes, 60)).to.deep.equal(changes)
  })

  it('does not stay behind after one late frame', () => {
    const changes = every(1000 / 60, 120, 1000, (nth) => (nth === 50 ? 8 : 0))
    const late = delays(capturesOf(changes, 60), changes).slice(53)
    expect(Math.max(...late)).to.equal(0)
  })

  for (const [gameFps, fps] of [
    [240, 60],
    [90, 60],
    [60, 30],
    [144, 60],
  ] as const) {
    it(`keeps a game of ${gameFps} fps to ${fps} on average, evenly`, () => {
      const captures = capturesOf(every(1000 / gameFps, gameFps * 10), fps)
      expect(captures.length).within(fps * 10 * 0.98, fps * 10 * 1.05 + 2)
      const gaps = captures.slice(1).map((atMs, nth) => atMs - (captures[nth] ?? 0))
      expect(Math.max(...gaps)).below(1000 / fps + 1000 / gameFps + 0.001)
    })
  }

  it('holds no frame of a game that sleeps 16 ms a frame back', () => {
    const changes = every(16, 600)
    expect(capturesOf(changes, 60)).to.deep.equal(changes)
  })

  it('never waits for another change: the last one of a burst goes out within a slot', () => {
    const captures = capturesOf([1000, 1001, 1002], 60)
    expect(captures).to.have.length(2)
    expect(captures[1]).within(1002, 1000 + 1000 / 60)
  })

  describe('with the browser’s display ticks known', () => {
    const display: DisplayPhase = { tickAtMs: 0, intervalMs: 1000 / 60, pathMs: 8, marginMs: 2.5 }
    const jitterMs = 1.5
    /** How many ticks get a frame, as a share of the frames that could be shown. */
    function shown(captures: readonly number[]): number {
      const ticks = captures.map((atMs, nth) =>
        Math.ceil(
          (atMs + display.pathMs + wobble(jitterMs)(nth * 7) - display.tickAtMs) / display.intervalMs,
        ),
      )
      return new Set(ticks).size / captures.length
    }

    for (const phaseMs of [0, 2, 4, 6, 7, 8, 8.3, 9, 11, 14, 16]) {
      it(`shows every frame of a game that runs ${phaseMs} ms after the tick`, () => {
        const changes = every(display.intervalMs, 600, 60 * display.intervalMs + phaseMs, wobble(1))
        const captures = capturesOf(changes, 60, display)
        expect(captures.length).at.least(599)
        expect(shown(captures)).at.least(0.99)
      })
    }

    it('takes a moving picture as late as the next tick allows, so that it holds the newest drawing', () => {
      const changes = every(2, 1000)
      const captures = capturesOf(changes, 60, display).slice(5)
      for (const atMs of captures) {
        const beforeTickMs =
          (((display.tickAtMs - atMs) % display.intervalMs) + display.intervalMs) % display.intervalMs
        expect(beforeTickMs).within(
          display.pathMs + display.marginMs - 0.001,
          display.pathMs + display.marginMs + 2,
        )
      }
    })

    it('takes a change on a still screen at once all the same', () => {
      expect(capturesOf([1000, 5003, 9007], 60, display)).to.deep.equal([1000, 5003, 9007])
    })

    it('keeps a game of 60 fps to 30 on a 60 Hz display, on every second tick', () => {
      const captures = capturesOf(every(1000 / 60, 600, 1000, wobble(1)), 30, display)
      const gaps = captures.slice(3).map((atMs, nth) => atMs - (captures[nth + 2] ?? 0))
      expect(captures.length).within(294, 316)
      expect(gaps.filter((gap) => gap < 25)).to.have.length.below(20)
    })

    it('loses at most one frame each time that two free-running clocks beat', () => {
      const changes = every(1000 / 60.2, 60 * 60, 1000, wobble(1))
      const beats = 0.2 * 60
      const captures = capturesOf(changes, 61, display)
      expect(shown(captures) * captures.length).at.least(captures.length - 3 * beats)
    })
  })
})
