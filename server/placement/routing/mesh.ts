import type { Mesh } from './types.ts'

/** Pings of one window give one minimum: a queue that empties once in ten minutes shows the path itself. */
const windowMs = 10 * 60_000
/** A path that got longer is believed after some windows, one that got shorter at once. */
const riseShare = 0.3
/** Without a ping for this long nothing is known any more. */
const maxAgeMs = 6 * 3_600_000
const sweepMs = 3_600_000

/**
 * What a site keeps of more than `mostPairs`: its nearest, among which a player's site is chosen, and what was measured last. All
 * pairs of 5,000 sites would take 2 GB, these take 270 MB.
 */
const nearestKept = 192
const othersKept = 192
/** Of the others, at most so many that are among the other site's nearest: an island is near to nobody. */
const theirNearestKept = 96
/** Rows grow by a third before they are cut. */
const mostPairs = 512

interface Pair {
  /** Smoothed minimum of the windows that have ended; null in the first. */
  smoothedMs: number | null
  windowMinMs: number
  windowEndMs: number
  lastAtMs: number
}

/** Both sites of a pair have it in their rows. */
interface Row {
  readonly pairs: Map<string, Pair>
  sweptAtMs: number
  /** Up to here a pair was among the nearest when the row was cut last; 0 before. */
  nearMs: number
}

/** In memory: nodes measure all of it anew within minutes of a router's start. */
export function createMesh(clock: { now(): number }): Mesh {
  const rows = new Map<string, Row>()
  let turn = rows.entries()

  function rowOf(siteId: string, nowMs: number): Row {
    const known = rows.get(siteId)
    if (known !== undefined) return known
    const row = { pairs: new Map<string, Pair>(), sweptAtMs: nowMs, nearMs: 0 }
    rows.set(siteId, row)
    return row
  }

  function forget(siteId: string, others: readonly string[]): void {
    for (const other of others)
      for (const [a, b] of [
        [siteId, other],
        [other, siteId],
      ] as const) {
        const row = rows.get(a)
        row?.pairs.delete(b)
        if (row?.pairs.size === 0) rows.delete(a)
      }
  }

  function sweep(siteId: string, row: Row, nowMs: number): void {
    row.sweptAtMs = nowMs
    const aged = [...row.pairs].filter(([, { lastAtMs }]) => nowMs - lastAtMs > maxAgeMs)
    forget(
      siteId,
      aged.map(([other]) => other),
    )
  }

  /** One row of all at a time. */
  function sweepNext(nowMs: number): void {
    let next = turn.next()
    if (next.done === true) {
      turn = rows.entries()
      next = turn.next()
    }
    if (next.done === true) return
    const [siteId, row] = next.value
    if (nowMs - row.sweptAtMs >= sweepMs) sweep(siteId, row, nowMs)
  }

  function cut(siteId: string, row: Row, nowMs: number): void {
    if (row.pairs.size <= mostPairs) return
    sweep(siteId, row, nowMs)
    const byWay = [...row.pairs]
      .map(([other, pair]) => ({ other, ms: leastMs(pair), lastAtMs: pair.lastAtMs }))
      .sort((a, b) => a.ms - b.ms)
    row.nearMs = byWay[nearestKept - 1]?.ms ?? Number.POSITIVE_INFINITY
    const rest = byWay.slice(nearestKept).sort((a, b) => b.lastAtMs - a.lastAtMs)
    const theirs = rest.filter(({ other, ms }) => ms <= (rows.get(other)?.nearMs ?? 0))
    const kept = new Set(theirs.slice(0, theirNearestKept))
    for (const pair of rest) if (kept.size < othersKept) kept.add(pair)
    forget(
      siteId,
      rest.flatMap((pair) => (kept.has(pair) ? [] : pair.other)),
    )
  }

  return {
    rttMs(a, b) {
      const pair = rows.get(a)?.pairs.get(b)
      return pair === undefined || clock.now() - pair.lastAtMs > maxAgeMs ? null : leastMs(pair)
    },

    each(siteId, take) {
      const nowMs = clock.now()
      for (const [other, pair] of rows.get(siteId)?.pairs ?? [])
        if (nowMs - pair.lastAtMs <= maxAgeMs) take(other, leastMs(pair))
    },

    record(from, to, rttMs, atMs) {
      const nowMs = clock.now()
      sweepNext(nowMs)
      // A clock that runs ahead must not keep a figure alive, and an old message says nothing of now.
      const seenMs = Math.min(atMs, nowMs)
      if (from === to || nowMs - seenMs > maxAgeMs || !(rttMs >= 0)) return
      const pair = rows.get(from)?.pairs.get(to)
      if (pair === undefined || seenMs - pair.lastAtMs > maxAgeMs) {
        const fresh = {
          smoothedMs: null,
          windowMinMs: rttMs,
          windowEndMs: seenMs + windowMs,
          lastAtMs: seenMs,
        }
        for (const [a, b] of [
          [from, to],
          [to, from],
        ] as const)
          rowOf(a, nowMs).pairs.set(b, fresh)
        for (const siteId of [from, to]) cut(siteId, rowOf(siteId, nowMs), nowMs)
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

const leastMs = ({ smoothedMs, windowMinMs }: Pair): number =>
  smoothedMs === null ? windowMinMs : Math.min(smoothedMs, windowMinMs)

function smooth(smoothedMs: number | null, minMs: number): number {
  if (smoothedMs === null || minMs <= smoothedMs) return minMs
  return smoothedMs + riseShare * (minMs - smoothedMs)
}
