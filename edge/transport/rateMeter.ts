const BUCKET_MS = 50

/** Bits a second over the last `windowMs`, in steps of 50 ms. */
export interface RateMeter {
  add(bytes: number, nowMs: number): void
  bps(nowMs: number): number
}

export function createRateMeter(windowMs: number): RateMeter {
  const buckets = new Float64Array(Math.ceil(windowMs / BUCKET_MS))
  let current = 0
  let sum = 0

  function advance(nowMs: number): void {
    const wanted = Math.floor(nowMs / BUCKET_MS)
    for (let passed = Math.min(wanted - current, buckets.length); passed > 0; passed--) {
      const slot = (wanted - passed + 1) % buckets.length
      sum -= buckets[slot] ?? 0
      buckets[slot] = 0
    }
    current = Math.max(current, wanted)
  }

  return {
    add(bytes, nowMs) {
      advance(nowMs)
      const slot = current % buckets.length
      buckets[slot] = (buckets[slot] ?? 0) + bytes
      sum += bytes
    },
    bps(nowMs) {
      advance(nowMs)
      return (sum * 8000) / (buckets.length * BUCKET_MS)
    },
  }
}
