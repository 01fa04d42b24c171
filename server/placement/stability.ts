import { unitHash } from './hash.ts'

/** Where a guest or their network was placed last. */
export interface LastPlace {
  readonly siteId: string
  readonly atMs: number
}

/**
 * How much better another site must be. On a measured mesh the minima of three pings each over the same way differ by less than 3.6 ms
 * nine times out of ten.
 */
const marginMs = 4
/** By then saves and warm titles have moved, and the network may have changed. */
const rememberMs = 6 * 3_600_000

/**
 * The decision's hysteresis term: a bonus for the site of the last time, so that measurements that differ by less than the margin do not
 * send the same player to and fro.
 * @returns ms, 0 or below
 */
export function hysteresisMs(siteId: string, last: LastPlace | null, nowMs: number): number {
  if (last === null || last.siteId !== siteId) return 0
  const ageMs = nowMs - last.atMs
  return ageMs <= rememberMs ? -marginMs : 0
}

export interface Equal {
  readonly id: string
  /** Score of the decision, ms. */
  readonly scoreMs: number
  /** Share of its seats in use, 0-1. */
  readonly use: number
}

/**
 * Among candidates as good as the best one, the less used of two drawn by the seed: routers that see the same snapshot do not all send
 * their players to the same node, and the fullest is hardly ever chosen (Mitzenmacher, The power of two choices, 2001).
 * @param candidates in any order
 * @param seed equal seeds choose equally, such as the session's id
 * @param withinMs what counts as equal
 * @returns null for no candidates
 */
export function chooseOfTwo<Candidate extends Equal>(
  candidates: readonly Candidate[],
  seed: string,
  withinMs: number,
): Candidate | null {
  const bestMs = candidates.reduce((least, { scoreMs }) => Math.min(least, scoreMs), Number.POSITIVE_INFINITY)
  const drawn = candidates
    .filter(({ scoreMs }) => scoreMs - bestMs <= withinMs)
    .map((candidate) => ({ candidate, draw: unitHash(seed, candidate.id) }))
    .sort((a, b) => a.draw - b.draw || (a.candidate.id < b.candidate.id ? -1 : 1))
  const [first, second] = drawn
  if (first === undefined) return null
  return second !== undefined && second.candidate.use < first.candidate.use
    ? second.candidate
    : first.candidate
}
