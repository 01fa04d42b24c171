import type { HistoryStore } from '../../store/store.ts'
import { type Decaying, decayed, halfLifeMs, quantile, withRtt } from './decaying.ts'
import type { ClientHistory, SiteHistory } from './types.ts'

/** What each network's players have measured, kept for those who come after them. */
export interface History {
  /** What counts for a player of this network now. */
  of(prefix: string): Promise<ClientHistory>
  /** Takes a measurement in; it is stored soon after. Repeating it changes nothing. */
  record(
    prefix: string,
    siteId: string,
    rttMs: number,
    kind: 'probe' | 'session',
    atMs: number,
  ): Promise<void>
  /** Stores what is not stored yet. */
  flush(): Promise<void>
}

/** Minutes of play say more than three pings. */
const weights = { probe: 1, session: 3 } as const
/** A low quantile is the path, what is above is the queues and Wi-Fi of one player. */
const pathShare = 0.25
/** Networks kept in memory, the least recently used forgotten first. */
const mostPrefixes = 20_000
/** Written together when so many networks have something new. */
const flushAt = 200
/** Nothing of it weighs anything by then. */
const forgetMs = 6 * halfLifeMs

interface Entry {
  readonly sites: Map<string, Decaying>
  readonly changed: Set<string>
}

export function createHistory(store: HistoryStore, clock: { now(): number }): History {
  /** In the order of their last use. */
  const entries = new Map<string, Promise<Entry>>()
  const dirty = new Set<string>()
  let sweptAtMs = clock.now()

  async function load(prefix: string): Promise<Entry> {
    const rows = await store.of(prefix)
    return { sites: new Map(rows.map(({ siteId, quantiles }) => [siteId, quantiles])), changed: new Set() }
  }

  function entryOf(prefix: string): Promise<Entry> {
    const entry = entries.get(prefix) ?? load(prefix)
    entries.delete(prefix)
    entries.set(prefix, entry)
    // A read that failed is tried again by the next one.
    entry.catch(() => entries.delete(prefix))
    return entry
  }

  function shrink(): void {
    for (const prefix of entries.keys()) {
      if (entries.size <= mostPrefixes) return
      if (!dirty.has(prefix)) entries.delete(prefix)
    }
  }

  async function flush(): Promise<void> {
    const rows = []
    for (const prefix of [...dirty]) {
      dirty.delete(prefix)
      const entry = await entries.get(prefix)
      for (const siteId of entry?.changed ?? []) {
        const quantiles = entry?.sites.get(siteId)
        if (quantiles !== undefined) rows.push({ prefix, siteId, quantiles })
      }
      entry?.changed.clear()
    }
    if (rows.length > 0) await store.put(rows)
    if (clock.now() - sweptAtMs > halfLifeMs / 7) {
      sweptAtMs = clock.now()
      await store.forget(sweptAtMs - forgetMs)
    }
    shrink()
  }

  return {
    async of(prefix) {
      const { sites } = await entryOf(prefix)
      const nowMs = clock.now()
      return new Map(
        [...sites].flatMap(([siteId, quantiles]): [string, SiteHistory][] => {
          const known = siteHistory(quantiles, nowMs)
          return known === null ? [] : [[siteId, known]]
        }),
      )
    },

    async record(prefix, siteId, rttMs, kind, atMs) {
      const entry = await entryOf(prefix)
      const before = entry.sites.get(siteId)
      const after = withRtt(before, rttMs, weights[kind], Math.min(atMs, clock.now()))
      if (after === before) return
      entry.sites.set(siteId, after)
      entry.changed.add(siteId)
      dirty.add(prefix)
      if (dirty.size >= flushAt) await flush()
    },

    flush,
  }
}

/** Sure to some 5 % after one probe, less sure where players differ, and less with every week that has passed. */
export function siteHistory(quantiles: Decaying, nowMs: number): SiteHistory | null {
  const left = decayed(quantiles, nowMs)
  const rttMs = quantile(left, pathShare)
  if (rttMs === null) return null
  const weight = left.reduce((sum, [, value]) => sum + value, 0)
  const betweenMs = (quantile(left, 0.75) ?? rttMs) - rttMs
  const weeks = Math.max(0, nowMs - quantiles.atMs) / halfLifeMs
  const uncertaintyMs =
    (0.5 + 0.04 * rttMs + 0.5 * betweenMs) / Math.sqrt(Math.min(9, weight)) + 0.05 * rttMs * weeks
  return { rttMs, uncertaintyMs }
}
