/** Decides from arriving packets whether the path to the browser is alive. */
export interface Liveness {
  /** A packet came from the browser; returns how long there was none before it, ms. */
  heard(nowMs: number): number
  /** To be called a few times a second. */
  check(nowMs: number): 'alive' | 'silent' | 'lost'
}

/**
 * The browser sends something at least every 2.5 s (connectivity checks), and many times a second while it receives.
 * `silentMs` without a packet: not alive, may come back. `lostMs`: gone for good.
 */
export function createLiveness(options: { silentMs: number; lostMs: number }, startMs: number): Liveness {
  let heardAtMs = startMs
  return {
    heard(nowMs) {
      const quietMs = nowMs - heardAtMs
      heardAtMs = nowMs
      return quietMs
    },
    check(nowMs) {
      const quietMs = nowMs - heardAtMs
      if (quietMs >= options.lostMs) return 'lost'
      return quietMs >= options.silentMs ? 'silent' : 'alive'
    },
  }
}
