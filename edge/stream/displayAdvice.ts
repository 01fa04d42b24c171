import type { DisplayPhase } from './pacingClock.ts'

/** A browser renews its advice twice a second; a throttled or busy one falls silent. */
const BELIEVED_MS = 2_000
/** Keeping further clear of a tick than this delays frames by more than a lost one costs. */
const MAX_MARGIN_SHARE = 0.3

/** What the browser last said of its display ticks, believed only while fresh, its margin never more than a third of an interval. */
export function createDisplayAdvice(nowMs: () => number): {
  set(phase: DisplayPhase | null): void
  read(): DisplayPhase | null
} {
  let said: { readonly phase: DisplayPhase; readonly atMs: number } | null = null
  return {
    set(phase) {
      if (phase === null) {
        said = null
        return
      }
      const marginMs = Math.min(phase.marginMs, phase.intervalMs * MAX_MARGIN_SHARE)
      said = { phase: { ...phase, marginMs }, atMs: nowMs() }
    },
    read: () => (said !== null && nowMs() - said.atMs < BELIEVED_MS ? said.phase : null),
  }
}
