/** What a browser misses, as it says itself. */
export interface Missing {
  /** Of what can be sent again. */
  readonly bytes: number
  /** Some of it is not kept any more. */
  readonly gone: boolean
}

/**
 * Repairs that take longer than this at the whole rate cost more than a keyframe does (four frames' share of the rate, see the
 * encoder's buffer), and everything after them waits meanwhile. Measured: a link that falls from 20 to 4 Mbit/s swallowed 145 packets; sending
 * them again froze the picture for 4 s.
 */
const LIMIT_MS = 100

/** Whether the picture is back sooner by starting anew with a keyframe than by sending again what is missing. */
export function isBeyondRepair({ bytes, gone }: Missing, targetBps: number): boolean {
  return gone || (bytes * 8000) / targetBps > LIMIT_MS
}
