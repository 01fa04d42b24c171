export type Usage = 'overuse' | 'normal' | 'underuse'

/** Compares the trend with a threshold that follows it, so that a competing flow does not starve ours (draft-ietf-rmcat-gcc-02, 5.4). */
export interface OveruseDetector {
  /**
   * @param trendMs of the trendline
   * @param sentMs between the two groups
   */
  update(trendMs: number, sentMs: number, nowMs: number): Usage
  reset(): void
}

const FIRST_THRESHOLD_MS = 12.5
const SMALLEST_THRESHOLD_MS = 6
const LARGEST_THRESHOLD_MS = 600
/** How fast the threshold follows a larger and a smaller trend, a ms (draft: K_u and K_d). */
const UP = 0.0087
const DOWN = 0.039
/** A trend so far above the threshold is a step of the path, not something to get used to. */
const MOST_ABOVE_MS = 15
const LONGEST_STEP_MS = 100
/** Growth has to last for so long (draft: 10 ms). */
const OVERUSE_MS = 10

export function createOveruseDetector(): OveruseDetector {
  let thresholdMs = FIRST_THRESHOLD_MS
  let updatedAtMs: number | null = null
  let overMs: number | null = null
  let overCount = 0
  let lastTrendMs = 0
  let usage: Usage = 'normal'

  function adapt(trendMs: number, nowMs: number): void {
    const sinceMs = Math.min(nowMs - (updatedAtMs ?? nowMs), LONGEST_STEP_MS)
    updatedAtMs = nowMs
    const size = Math.abs(trendMs)
    if (size > thresholdMs + MOST_ABOVE_MS) return
    const rate = size < thresholdMs ? DOWN : UP
    const adapted = thresholdMs + rate * (size - thresholdMs) * sinceMs
    thresholdMs = Math.min(LARGEST_THRESHOLD_MS, Math.max(SMALLEST_THRESHOLD_MS, adapted))
  }

  return {
    update(trendMs, sentMs, nowMs) {
      if (trendMs > thresholdMs) {
        overMs = overMs === null ? sentMs / 2 : overMs + sentMs
        overCount++
        if (overMs > OVERUSE_MS && overCount > 1 && trendMs >= lastTrendMs) {
          overMs = 0
          overCount = 0
          usage = 'overuse'
        }
      } else {
        overMs = null
        overCount = 0
        usage = trendMs < -thresholdMs ? 'underuse' : 'normal'
      }
      lastTrendMs = trendMs
      adapt(trendMs, nowMs)
      return usage
    },
    reset() {
      thresholdMs = FIRST_THRESHOLD_MS
      updatedAtMs = null
      overMs = null
      overCount = 0
      lastTrendMs = 0
      usage = 'normal'
    },
  }
}
