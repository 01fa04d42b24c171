import type { Clock } from '../../../server/clock.ts'

/** Time that passes only when a test says so. */
export interface ManualClock extends Clock {
  /** Runs what falls due on the way, in order. */
  pass(ms: number): void
  /** The clock moves, but nothing runs: the machine was asleep. What fell due runs with the next `pass`. */
  sleep(ms: number): void
  /** Somebody sets the wall clock; nothing else changes. */
  jump(ms: number): void
}

export function createManualClock(startMs = 1_000_000): ManualClock {
  let nowMs = 0
  let wallMs = startMs
  let timers: { atMs: number; action: () => void }[] = []
  return {
    now: () => wallMs + nowMs,
    monotonic: () => nowMs,
    after(delayMs, action) {
      const timer = { atMs: nowMs + delayMs, action }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    sleep(ms) {
      nowMs += ms
    },
    jump(ms) {
      wallMs += ms
    },
    pass(ms) {
      const endMs = nowMs + ms
      for (;;) {
        const [next] = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)
        if (next === undefined) break
        timers = timers.filter((other) => other !== next)
        nowMs = Math.max(nowMs, next.atMs)
        next.action()
      }
      nowMs = endMs
    },
  }
}
