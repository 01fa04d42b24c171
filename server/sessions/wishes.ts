import type { LiveSession } from './live.ts'

/** For how many of those in line a seat of each site would do: asked for every placement while anybody waits. */
export interface Wishes {
  /** After its state changed, or somebody looked again at what there is for it. */
  put(live: LiveSession): void
  of(siteId: string): number
}

export function createWishes(): Wishes {
  const counts = new Map<string, number>()
  /** What each one is counted for. */
  const counted = new WeakMap<LiveSession, ReadonlySet<string>>()

  function add(sites: ReadonlySet<string>, by: 1 | -1): void {
    for (const siteId of sites) {
      const count = (counts.get(siteId) ?? 0) + by
      if (count === 0) counts.delete(siteId)
      else counts.set(siteId, count)
    }
  }

  return {
    put(live) {
      const before = counted.get(live)
      const now = live.row.state.kind === 'waiting' ? live.wait.prospect?.reach : undefined
      if (before === now) return
      if (before !== undefined) add(before, -1)
      if (now === undefined) counted.delete(live)
      else {
        add(now, 1)
        counted.set(live, now)
      }
    },
    of: (siteId) => counts.get(siteId) ?? 0,
  }
}
