/** Doubling from 250 ms to 5 s, each wait spread over its upper half, so that a restarted router is not met by all at once. */
export function backoffMs(attempt: number, random: number): number {
  const ceilingMs = Math.min(5000, 250 * 2 ** Math.min(attempt, 10))
  return ceilingMs / 2 + (ceilingMs / 2) * random
}
