/** Before a round trip was measured. */
const UNKNOWN_RTT_MS = 100

/**
 * A browser that waits for a keyframe asks again and again until it has it: whatever it asks while the last keyframe is on its way
 * has been answered. One that was lost is asked for again later.
 */
export interface KeyframeAnswers {
  /** The last packet of a keyframe has left. */
  sent(nowMs: number): void
  /** Whether a request that arrives now is about something else than what is on its way. */
  isNew(nowMs: number, rttMs: number | null): boolean
}

export function createKeyframeAnswers(): KeyframeAnswers {
  let sentAtMs = Number.NEGATIVE_INFINITY
  return {
    sent(nowMs) {
      sentAtMs = nowMs
    },
    isNew: (nowMs, rttMs) => nowMs - sentAtMs > (rttMs ?? UNKNOWN_RTT_MS),
  }
}
