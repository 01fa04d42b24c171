/**
 * A deep queue that stays although we drain it for seconds belongs to somebody else, a download through the same bottleneck: starving
 * ourselves would not make it shorter. Then the trend alone decides, and a little less is sent than that allows: were the queue ours after
 * all, it would empty.
 */
export interface ForeignQueue {
  readonly present: boolean
  /** Draining does not go below this share of the estimate. */
  readonly leastShare: number
  update(standingMs: number, nowMs: number): void
  reset(): void
}

/** Less is worth draining for as long as it takes. */
const DEEP_MS = 200
const GONE_MS = 100
const AFTER_MS = 3000
/** Above 1 / 1.5, or the rate could not grow: it stays below 1.5 times what arrives. */
const SHARE = 0.75
/** Time without news is no time of draining. */
const LONGEST_STEP_MS = 250

export function createForeignQueue(): ForeignQueue {
  let present = false
  let deepMs = 0
  let updatedAtMs: number | null = null

  return {
    get present() {
      return present
    },
    get leastShare() {
      return present ? SHARE : 0
    },
    update(standingMs, nowMs) {
      const sinceMs = Math.min(nowMs - (updatedAtMs ?? nowMs), LONGEST_STEP_MS)
      updatedAtMs = nowMs
      deepMs = standingMs < DEEP_MS ? 0 : deepMs + sinceMs
      if (deepMs >= AFTER_MS) present = true
      if (standingMs < GONE_MS) present = false
    },
    reset() {
      present = false
      deepMs = 0
      updatedAtMs = null
    },
  }
}
