import type { RttEstimate } from './routing/types.ts'
import type { ProbedSites } from './siteViews.ts'

/**
 * Round trips from one player by site id: all that were measured, and the lowest of those that are believed.
 * @param addedMs what counts beside the round trip when the lowest are picked
 */
export function waysOf(
  { answered }: Pick<ProbedSites, 'answered'>,
  estimates: ReadonlyMap<string, RttEstimate>,
  believed: number,
  addedMs: (siteId: string) => number,
): ReadonlyMap<string, number> {
  const ways = new Map<string, number>()
  for (const { siteId, rttMs } of lowest(estimates, believed, addedMs)) ways.set(siteId, rttMs)
  for (const { siteId, rttMs } of answered.values()) ways.set(siteId, rttMs)
  return ways
}

interface Way {
  readonly siteId: string
  readonly rttMs: number
  readonly sumMs: number
}

function lowest(
  estimates: ReadonlyMap<string, RttEstimate>,
  count: number,
  addedMs: (siteId: string) => number,
): readonly Way[] {
  const best: Way[] = []
  let limitMs = Number.POSITIVE_INFINITY
  for (const [siteId, { rttMs }] of estimates) {
    if (rttMs === null || rttMs >= limitMs) continue
    const sumMs = rttMs + addedMs(siteId)
    if (sumMs >= limitMs) continue
    let at = best.length
    while (at > 0 && (best[at - 1]?.sumMs ?? 0) > sumMs) at -= 1
    best.splice(at, 0, { siteId, rttMs, sumMs })
    if (best.length > count) best.length = count
    if (best.length === count) limitMs = best.at(-1)?.sumMs ?? limitMs
  }
  return best
}
