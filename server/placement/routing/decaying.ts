/**
 * Quantiles of round trips in which old ones count less: a histogram whose weights halve every week. Buckets are 5 % wide,
 * so that 10 ms is told from 10.5 ms and a whole network's history of a site is a few numbers.
 */
export interface Decaying {
  /** Weights as of `atMs`, by bucket number. */
  readonly buckets: Readonly<Record<string, number>>
  readonly atMs: number
  /** The newest round trip, which a repeated message is known by. */
  readonly lastMs: number
}

export const halfLifeMs = 7 * 86_400_000
/** The same figure again within this time is the same measurement told twice. */
const repeatMs = 10 * 60_000
const step = Math.log(1.05)
const leastMs = 0.1
/** Weights under this say nothing any more. */
const least = 0.02

const bucketOf = (rttMs: number): number => Math.round(Math.log(Math.max(leastMs, rttMs) / leastMs) / step)
const middleMs = (bucket: number): number => leastMs * Math.exp(bucket * step)

export function decayed({ buckets, atMs }: Decaying, nowMs: number): readonly (readonly [number, number])[] {
  const factor = 2 ** (-Math.max(0, nowMs - atMs) / halfLifeMs)
  return Object.entries(buckets)
    .map(([bucket, weight]): [number, number] => [Number(bucket), weight * factor])
    .filter(([, weight]) => weight >= least)
    .sort(([a], [b]) => a - b)
}

/** @returns with the round trip in it; unchanged when it was told before */
export function withRtt(before: Decaying | undefined, rttMs: number, weight: number, atMs: number): Decaying {
  if (before !== undefined && before.lastMs === rttMs && Math.abs(atMs - before.atMs) < repeatMs)
    return before
  const nowMs = Math.max(atMs, before?.atMs ?? 0)
  const buckets = new Map(before === undefined ? [] : decayed(before, nowMs))
  const bucket = bucketOf(rttMs)
  buckets.set(bucket, (buckets.get(bucket) ?? 0) + weight * 2 ** (-(nowMs - atMs) / halfLifeMs))
  return { buckets: Object.fromEntries(buckets), atMs: nowMs, lastMs: rttMs }
}

/** @returns null when nothing is left */
export function quantile(weights: readonly (readonly [number, number])[], share: number): number | null {
  const sum = weights.reduce((total, [, weight]) => total + weight, 0)
  let below = 0
  for (const [bucket, weight] of weights) {
    below += weight
    if (below >= share * sum) return middleMs(bucket)
  }
  return null
}
