/** A bucket that holds `burst` and gains `perSecond`; taking from an empty one fails. */
export interface Bucket {
  take(nowMs: number): boolean
}

export function createBucket(burst: number, perSecond: number): Bucket {
  let level = burst
  let lastMs: number | null = null
  return {
    take(nowMs) {
      const elapsedMs = lastMs === null ? 0 : Math.max(0, nowMs - lastMs)
      lastMs = nowMs
      level = Math.min(burst, level + (elapsedMs * perSecond) / 1000)
      if (level < 1) return false
      level -= 1
      return true
    },
  }
}
