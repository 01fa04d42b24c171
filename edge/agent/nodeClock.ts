/** Time as the agent sees it, so that tests can hold it in their hands. */
export interface NodeClock {
  /** ms since 1970, for what is told to others. It may jump. */
  wallMs(): number
  /** ms of a clock that only runs forward, for how long something may last. */
  monotonicMs(): number
  /** Runs `action` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, action: () => void): () => void
}

export const systemClock: NodeClock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
}
