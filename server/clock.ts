/** Time as the router sees it, so that tests can hold it in their hands. */
export interface Clock {
  /** Wall clock, ms since 1970. */
  now(): number
  /** ms of a clock that only runs forward, for how long something has lasted. */
  monotonic(): number
  /** Runs `action` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, action: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
}
