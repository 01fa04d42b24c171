import type { LinkSlice } from '../../link/history.ts'
import type { Press, SeenFrame } from '../../support/pageProbe.ts'
import { percentile } from '../report.ts'
import type { Quality } from './quality.ts'
import type { Scenario } from './scenarios.ts'

/** All that was seen of one run; times in ms from the start of the watch. */
export interface Watched {
  readonly frames: readonly SeenFrame[]
  readonly presses: readonly Press[]
  /** How far the picture's own count of them is off. */
  readonly miscounted: number
  readonly down: readonly LinkSlice[]
  /** Mean stay in the jitter buffer over the last three seconds. */
  readonly jitterBufferMs: number
  readonly frameHeightPx: number
  /** Null where single pictures were not compared with what was drawn. */
  readonly quality: Quality | null
  readonly machineBusyPercent: number
}

export interface Freezes {
  readonly count: number
  readonly totalMs: number
}

const freezeWindow = 30

/**
 * Freezes as the W3C's webrtc-stats defines them (`freezeCount`): the time between two rendered frames is longer than three times the
 * average of the last 30, or than that average + 150 ms, whichever is more. A picture that never comes back is one until the end.
 */
export function freezesOf(timesMs: readonly number[], endMs: number): Freezes {
  let [count, totalMs] = [0, 0]
  const gaps: number[] = []
  for (const [i, atMs] of [...timesMs.slice(1), endMs].entries()) {
    const gapMs = atMs - (timesMs[i] ?? atMs)
    const meanMs = gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length)
    if (gaps.length >= 2 && gapMs > Math.max(3 * meanMs, meanMs + 150)) {
      count += 1
      totalMs += gapMs
    }
    gaps.push(gapMs)
    if (gaps.length > freezeWindow) gaps.shift()
  }
  return { count, totalMs }
}

/** Click to photon; one that was never seen has taken at least until the end. */
const clickToPhoton = (presses: readonly Press[], endMs: number): number[] =>
  presses
    .filter(({ atMs, seenAtMs }) => seenAtMs !== null || atMs < endMs - 2000)
    .map(({ atMs, seenAtMs }) => (seenAtMs ?? endMs) - atMs)

const good = { p95Ms: 120, windowMs: 1500 }

/**
 * When presses are answered in time again: the first press at or after `fromMs` from which on those of the next 1.5 s
 * have a 95th percentile under 120 ms. @returns ms after `fromMs`; all the time until the end for never
 */
export function recoveredAfter(presses: readonly Press[], fromMs: number, endMs: number): number {
  const later = presses.filter(({ atMs }) => atMs >= fromMs)
  for (const { atMs } of later) {
    if (atMs + good.windowMs > endMs) break
    const near = later.filter((press) => press.atMs >= atMs && press.atMs < atMs + good.windowMs)
    if (percentile(clickToPhoton(near, Number.POSITIVE_INFINITY), 95) < good.p95Ms) return atMs - fromMs
  }
  return endMs - fromMs
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

export function shareOfCapacity(down: readonly LinkSlice[], fromMs: number, toMs: number): number {
  const slices = down.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
  const carried = sum(slices.map(({ deliveredBytes }) => deliveredBytes))
  return (100 * carried) / sum(slices.map(({ capacityBytes }) => capacityBytes ?? 0))
}

/**
 * From the return of the path to the first picture after which they keep coming: ten within a second.
 * @returns ms; all the time until the end for never
 */
export function pictureBackAfter(frames: readonly SeenFrame[], returnMs: number, endMs: number): number {
  const later = frames.map(({ atMs }) => atMs).filter((atMs) => atMs >= returnMs)
  const back = later.find((atMs, i) => (later[i + 10] ?? Number.POSITIVE_INFINITY) - atMs < 1000)
  return (back ?? endMs) - returnMs
}

export type Figures = Readonly<Record<string, number>>

/** Units of the figures, in the order in which they are shown. */
export const units: Readonly<Record<string, string>> = {
  clickToPhotonP50Ms: 'ms',
  clickToPhotonP95Ms: 'ms',
  clickToPhotonP99Ms: 'ms',
  pressesNotSeen: 'count',
  pressesMiscounted: 'count',
  framesDeliveredPerSecond: 'fps',
  freezes: 'count',
  frozenPercent: '%',
  bitrateMbps: 'Mbit/s',
  ofCapacityPercent: '%',
  recoveredAfterDropMs: 'ms',
  ofCapacityAfterReturnPercent: '%',
  pictureBackMs: 'ms',
  jitterBufferAfterMs: 'ms',
  frameHeightPx: 'px',
  psnrDb: 'dB',
  ssim: 'of 1',
  machineBusyPercent: '%',
}

/** @param coded whether the picture says which one it is: only Latency Lab's does */
export function figuresOf(watched: Watched, scenario: Scenario, coded: boolean): Figures {
  const { watchMs, returnAtMs, dropAtMs } = scenario
  const frames = watched.frames.filter(({ atMs }) => atMs >= 0 && atMs <= watchMs)
  const { count, totalMs } = freezesOf(
    frames.map(({ atMs }) => atMs),
    watchMs,
  )
  const distinct = coded
    ? new Set(frames.flatMap(({ state }) => (state === null ? [] : [state.counter]))).size
    : frames.length
  const down = watched.down.filter(({ atMs }) => atMs >= 0 && atMs < watchMs)
  const figures: Record<string, number> = {}
  if (coded && watched.presses.length > 0) {
    const known = watched.miscounted === 0
    const times = known ? clickToPhoton(watched.presses, watchMs) : []
    for (const percent of [50, 95, 99]) figures[`clickToPhotonP${percent}Ms`] = percentile(times, percent)
    figures['pressesNotSeen'] = watched.presses.filter(
      ({ atMs, seenAtMs }) => seenAtMs === null && atMs < watchMs - 2000,
    ).length
    figures['pressesMiscounted'] = watched.miscounted
    if (dropAtMs !== null && known)
      figures['recoveredAfterDropMs'] = recoveredAfter(watched.presses, dropAtMs, returnAtMs ?? watchMs)
  }
  figures['framesDeliveredPerSecond'] = (distinct * 1000) / watchMs
  figures['freezes'] = count
  figures['frozenPercent'] = (100 * totalMs) / watchMs
  figures['bitrateMbps'] = sum(down.map(({ deliveredBytes }) => deliveredBytes * 8)) / watchMs / 1000
  if (scenario.bounded) {
    figures['ofCapacityPercent'] = shareOfCapacity(down, 0, watchMs)
    if (returnAtMs !== null)
      figures['ofCapacityAfterReturnPercent'] = shareOfCapacity(down, returnAtMs + 6000, watchMs)
  }
  if (scenario.actions.length > 0 && returnAtMs !== null)
    figures['pictureBackMs'] = pictureBackAfter(frames, returnAtMs, watchMs)
  if (scenario.name.startsWith('jitter')) figures['jitterBufferAfterMs'] = watched.jitterBufferMs
  figures['frameHeightPx'] = watched.frameHeightPx
  if (watched.quality !== null) {
    figures['psnrDb'] = watched.quality.psnrDb
    figures['ssim'] = watched.quality.ssim
  }
  figures['machineBusyPercent'] = watched.machineBusyPercent
  return figures
}
