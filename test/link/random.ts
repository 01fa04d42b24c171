/** Uniform in [0, 1), the same series for the same seed. */
export type Random = () => number

/** Marsaglia's xorshift32 (Journal of Statistical Software 8(14), 2003); the seed is spread over all bits first. */
export function seededRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 8; i++) next()
  return next
}
