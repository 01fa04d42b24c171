const firstMs = 2_000
const mostMs = 10 * 60_000

/**
 * How long a version that could not be installed waits for the next attempt: doubling up to ten minutes, anywhere between half and the whole
 * of it. Short breaks of the connection are waited for within an attempt.
 * @param random 0..1
 */
export const retryMs = (failures: number, random: number): number =>
  Math.min(mostMs, firstMs * 2 ** Math.min(failures, 16)) * (0.5 + random / 2)
