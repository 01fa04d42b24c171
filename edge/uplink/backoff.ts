const firstMs = 100
const mostMs = 2500

/**
 * How long to wait before the next attempt, `failures` attempts having failed in a row: doubling up to 2.5 s, anywhere between half
 * and the whole of it, so that a router that comes back is not met by all its nodes at once.
 * @param random 0..1
 */
export const backoffMs = (failures: number, random: number): number =>
  Math.min(mostMs, firstMs * 2 ** Math.min(failures, 16)) * (0.5 + random / 2)
