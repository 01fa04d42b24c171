/**
 * How long packets wait on the way: their delay above the smallest one of late. The two clocks need not agree, only run alike.
 * The trendline sees a queue grow, not one that stands; a player feels both.
 */
export interface QueueDelay {
  add(sentAtMs: number, arrivedAtMs: number): void
  /** The smallest wait of what arrived within the last 60 ms: a queue that stands, not the jitter of single packets. */
  readonly standingMs: number
  reset(): void
}

const BUCKET_MS = 1000
/** Clocks that drift apart by 50 ppm are 1.5 ms off within it. */
const BUCKETS = 30
const STANDING_MS = 60

export function createQueueDelay(): QueueDelay {
  /** Smallest delay of each second. */
  let buckets: { readonly index: number; smallestMs: number }[] = []
  let recent: { readonly arrivedAtMs: number; readonly delayMs: number }[] = []
  let baseMs = Number.POSITIVE_INFINITY

  function refreshBase(): void {
    baseMs = buckets.reduce(
      (smallest, bucket) => Math.min(smallest, bucket.smallestMs),
      Number.POSITIVE_INFINITY,
    )
  }
  const smallestRecentMs = () =>
    recent.reduce((smallest, { delayMs }) => Math.min(smallest, delayMs), Number.POSITIVE_INFINITY)

  return {
    add(sentAtMs, arrivedAtMs) {
      const delayMs = arrivedAtMs - sentAtMs
      recent.push({ arrivedAtMs, delayMs })
      while ((recent[0]?.arrivedAtMs ?? arrivedAtMs) < arrivedAtMs - STANDING_MS) recent.shift()
      const index = Math.floor(arrivedAtMs / BUCKET_MS)
      const bucket = buckets.at(-1)
      if (bucket === undefined || bucket.index < index) {
        buckets.push({ index, smallestMs: delayMs })
        if ((buckets[0]?.index ?? index) <= index - BUCKETS) {
          buckets = buckets.filter((old) => old.index > index - BUCKETS)
          refreshBase()
        }
      } else bucket.smallestMs = Math.min(bucket.smallestMs, delayMs)
      baseMs = Math.min(baseMs, delayMs)
    },
    get standingMs() {
      return recent.length === 0 ? 0 : smallestRecentMs() - baseMs
    },
    reset() {
      buckets = []
      recent = []
      baseMs = Number.POSITIVE_INFINITY
    },
  }
}
