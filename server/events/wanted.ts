import type { SiteDemand } from '../placement/expectedSessions.ts'
import { type BookedEvent, seatsLeft } from './event.ts'

/** What is expected, and at least what is booked: nodes install and keep ready what they would for so many players. */
export function withEvents(
  expected: SiteDemand,
  events: readonly BookedEvent[],
  nowMs: number,
  warmUpMs: number,
): SiteDemand {
  const due = events.filter(({ fromMs, toMs }) => fromMs - warmUpMs <= nowMs && nowMs < toMs)
  if (due.length === 0) return expected
  const demand = new Map(Array.from(expected, ([siteId, titles]) => [siteId, new Map(titles)]))
  for (const { titleId, sites } of due)
    for (const site of sites) {
      const here = demand.get(site.siteId) ?? new Map<string, number>()
      demand.set(site.siteId, here)
      here.set(titleId, Math.max(here.get(titleId) ?? 0, seatsLeft(site)))
    }
  return demand
}
