/** What to do while packets leave and no feedback comes: the path may be down, or hold all of it in a queue. */
export interface Silence {
  onSent(nowMs: number): void
  /** @returns how long it had been silent, ms; 0 for not at all */
  onFeedback(nowMs: number): number
  /** The share of the rate to go on with, 1 and below. */
  factor(nowMs: number): number
  reset(): void
}

/** Feedback comes every 50 to 250 ms, and a round trip may take as long. */
const PATIENCE_MS = 500
const SMALLEST = 1 / 16

export function createSilence(): Silence {
  /** Of the first packet that left since the last feedback. Nobody reports on packets before the first report. */
  let sentAtMs: number | null = null
  let everHeard = false

  const silentMs = (nowMs: number) => (everHeard && sentAtMs !== null ? nowMs - sentAtMs : 0)

  return {
    onSent(nowMs) {
      sentAtMs ??= nowMs
    },
    onFeedback(nowMs) {
      const ms = silentMs(nowMs)
      everHeard = true
      sentAtMs = null
      return ms >= PATIENCE_MS ? ms : 0
    },
    factor: (nowMs) => Math.max(SMALLEST, 0.5 ** Math.floor(silentMs(nowMs) / PATIENCE_MS)),
    reset() {
      sentAtMs = null
      everHeard = false
    },
  }
}
