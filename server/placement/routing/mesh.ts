import type { Mesh } from './types.ts'

/** Pings of one window give one minimum: a queue that empties once in ten minutes shows the path itself. */
const windowMs = 10 * 60_000
/** A path that got longer is believed after some windows, one that got shorter at once. */
const riseShare = 0.3
/** Without a ping for this long nothing is known any more. */
const maxAgeMs = 6 * 3_600_000

interface Pair {
  /** Smoothed minimum of the windows that have ended; null in the first. */
  smoothedMs: number | null
  windowMinMs: number
  windowEndMs: number
  lastAtMs: number
}

/** In memory: nodes measure all of it anew within minutes of a router's start. */
export function createMesh(clock: { now(): number }): Mesh {
  const rows = new Map<string, Map<string, Pair>>()
  let sweptAtMs = clock.now()

  function sweep(nowMs: number): void {
    if (nowMs - sweptAtMs < maxAgeMs) return
    sweptAtMs = nowMs
    for (const [from, row] of rows) {
      for (const [to, pair] of row) if (nowMs - pair.lastAtMs > maxAgeMs) row.delete(to)
      if (row.size === 0) rows.delete(from)
    }
  }

  return {
    rttMs(a, b) {
      const pair = a < b ? rows.get(a)?.get(b) : rows.get(b)?.get(a)
      if (pair === undefined || clock.now() - pair.lastAtMs > maxAgeMs) return null
      return Math.min(pair.smoothedMs ?? Number.POSITIVE_INFINITY, pair.windowMinMs)
    },

    record(from, to, rttMs, atMs) {
      const nowMs = clock.now()
      sweep(nowMs)
      // A clock that runs ahead must not keep a figure alive, and an old message says nothing of now.
      const seenMs = Math.min(atMs, nowMs)
      if (from === to || nowMs - seenMs > maxAgeMs || !(rttMs >= 0)) return
      const [low, high] = from < to ? [from, to] : [to, from]
      const row = rows.get(low) ?? new Map<string, Pair>()
      rows.set(low, row)
      const pair = row.get(high)
      if (pair === undefined || seenMs - pair.lastAtMs > maxAgeMs) {
        row.set(high, {
          smoothedMs: null,
          windowMinMs: rttMs,
          windowEndMs: seenMs + windowMs,
          lastAtMs: seenMs,
        })
        return
      }
      pair.lastAtMs = Math.max(pair.lastAtMs, seenMs)
      if (seenMs < pair.windowEndMs) pair.windowMinMs = Math.min(pair.windowMinMs, rttMs)
      else {
        pair.smoothedMs = smooth(pair.smoothedMs, pair.windowMinMs)
        pair.windowMinMs = rttMs
        pair.windowEndMs = seenMs + windowMs
      }
    },
  }
}

function smooth(smoothedMs: number | null, minMs: number): number {
  if (smoothedMs === null || minMs <= smoothedMs) return minMs
  return smoothedMs + riseShare * (minMs - smoothedMs)
}
