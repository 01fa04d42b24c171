import type { OperatorMap } from '../../config/protocol/operator.ts'
import type { Prices } from '../placement/pricing.ts'
import { parseCell } from './cells.ts'
import { type NetworkFacts, parseDemandKey } from './facts.ts'

/** A page that shows more helps nobody, and its answer stays under a megabyte. */
const most = { sites: 2_000, places: 500, served: 2_000 } as const

/** Pure: what is where, now. The busiest come first and are never left out. */
export function mapView({ atMs, sites, tally }: NetworkFacts, prices: Prices): OperatorMap {
  const busiest = [...sites].sort((a, b) => b.seatsUsed - a.seatsUsed || (a.id < b.id ? -1 : 1))
  const cells = [...tally.cells].sort(
    ([a, one], [b, other]) =>
      other.sessions + other.waiting - (one.sessions + one.waiting) || (a < b ? -1 : 1),
  )
  const links = [...tally.links.values()].sort(
    (a, b) => b.sessions - a.sessions || (a.siteId < b.siteId ? -1 : 1),
  )
  return {
    atMs,
    sites: busiest.slice(0, most.sites).map(({ id, seatsByClass: _byClass, ...site }) => ({
      siteId: id,
      ...site,
      seatPriceMs: prices.of(id),
    })),
    places: cells.slice(0, most.places).flatMap(([placeId, counts]) => {
      const cell = parseCell(placeId)
      if (cell === null) return []
      const { country, lat, lon } = cell
      return [{ placeId, country, lat, lon, ...counts }]
    }),
    served: links.slice(0, most.served).map(({ cellId, siteId, sessions, rttSumMs, rttsKnown }) => ({
      placeId: cellId,
      siteId,
      sessions,
      rttMs: rttsKnown === 0 ? null : rttSumMs / rttsKnown,
    })),
    queues: [...tally.demand]
      .filter(([, { waiting }]) => waiting > 0)
      .map(([key, { waiting, firstSinceMs }]) => {
        const { region, seatClass } = parseDemandKey(key)
        return { region, class: seatClass, waiting, longestMs: Math.max(0, atMs - firstSinceMs) }
      })
      .sort((a, b) => b.waiting - a.waiting || (a.region < b.region ? -1 : 1)),
    leftOut: {
      sites: Math.max(0, sites.length - most.sites),
      places: Math.max(0, cells.length - most.places),
      served: Math.max(0, links.length - most.served),
    },
  }
}
