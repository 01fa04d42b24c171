import type { GroupDelta } from './arrivalGroups.ts'

/** The way the delay goes: ms of queue for each ms that passes, times how much is known (libwebrtc's `TrendlineEstimator`). */
export interface Trendline {
  /** @returns the trend that the detector compares with its threshold, ms; null while there are too few groups */
  add(delta: GroupDelta): number | null
  reset(): void
}

const WINDOW = 20
const SMOOTHING = 0.9
const GAIN = 4
const MOST_DELTAS = 60

export function createTrendline(): Trendline {
  let points: { readonly atMs: number; readonly delayMs: number }[] = []
  let firstAtMs: number | null = null
  let deltas = 0
  let accumulatedMs = 0
  let smoothedMs = 0

  return {
    add({ sentMs, arrivedMs, arrivedAtMs }) {
      firstAtMs ??= arrivedAtMs
      deltas = Math.min(deltas + 1, 1000)
      accumulatedMs += arrivedMs - sentMs
      smoothedMs = SMOOTHING * smoothedMs + (1 - SMOOTHING) * accumulatedMs
      points.push({ atMs: arrivedAtMs - firstAtMs, delayMs: smoothedMs })
      if (points.length > WINDOW) points.shift()
      if (points.length < WINDOW) return null
      return slope(points) * Math.min(deltas, MOST_DELTAS) * GAIN
    },
    reset() {
      points = []
      firstAtMs = null
      deltas = 0
      accumulatedMs = 0
      smoothedMs = 0
    },
  }
}

/** Least squares. */
function slope(points: readonly { readonly atMs: number; readonly delayMs: number }[]): number {
  const meanAt = points.reduce((sum, { atMs }) => sum + atMs, 0) / points.length
  const meanDelay = points.reduce((sum, { delayMs }) => sum + delayMs, 0) / points.length
  let above = 0
  let below = 0
  for (const { atMs, delayMs } of points) {
    above += (atMs - meanAt) * (delayMs - meanDelay)
    below += (atMs - meanAt) ** 2
  }
  return below === 0 ? 0 : above / below
}
