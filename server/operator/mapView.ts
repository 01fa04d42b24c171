import type { OperatorMap, OperatorPlace, OperatorQueue, ServedFrom } from '../../config/protocol/operator.ts'
import { parseCell } from './cells.ts'
import type { NetworkFacts, SessionFacts } from './facts.ts'

/** A page that shows more helps nobody, and its answer stays under a megabyte. */
const most = { sites: 2_000, places: 500, served: 2_000 } as const

/** Pure: what is where, now. The busiest come first and are never left out. */
export function mapView({ atMs, sites, sessions }: NetworkFacts): OperatorMap {
  const places = placesOf(sessions)
  const served = servedFrom(sessions)
  const shown = [...sites]
    .sort((a, b) => b.seatsUsed - a.seatsUsed || (a.id < b.id ? -1 : 1))
    .slice(0, most.sites)
  return {
    atMs,
    sites: shown.map(({ id, name, lat, lon, region, nodes, draining, seats, seatsUsed }) => ({
      siteId: id,
      name,
      lat,
      lon,
      region,
      nodes,
      draining,
      seats,
      seatsUsed,
    })),
    places: places.slice(0, most.places),
    served: served.slice(0, most.served),
    queues: queuesOf(sessions, atMs),
    leftOut: {
      sites: sites.length - shown.length,
      places: Math.max(0, places.length - most.places),
      served: Math.max(0, served.length - most.served),
    },
  }
}

function placesOf(sessions: readonly SessionFacts[]): readonly OperatorPlace[] {
  const places = new Map<string, { sessions: number; waiting: number }>()
  for (const { cellId, siteId, waitingSinceMs } of sessions) {
    if (cellId === null) continue
    const place = places.get(cellId) ?? { sessions: 0, waiting: 0 }
    if (siteId !== null) place.sessions += 1
    if (waitingSinceMs !== null) place.waiting += 1
    places.set(cellId, place)
  }
  return [...places]
    .flatMap(([placeId, counts]) => {
      const cell = parseCell(placeId)
      return cell === null
        ? []
        : [{ placeId, country: cell.country, lat: cell.lat, lon: cell.lon, ...counts }]
    })
    .sort((a, b) => b.sessions + b.waiting - (a.sessions + a.waiting) || (a.placeId < b.placeId ? -1 : 1))
}

function servedFrom(sessions: readonly SessionFacts[]): readonly ServedFrom[] {
  const links = new Map<
    string,
    { placeId: string | null; siteId: string; sessions: number; rttSumMs: number; rttsKnown: number }
  >()
  for (const { cellId, siteId, rttMs } of sessions) {
    if (siteId === null) continue
    const key = `${cellId ?? ''}\n${siteId}`
    const link = links.get(key) ?? { placeId: cellId, siteId, sessions: 0, rttSumMs: 0, rttsKnown: 0 }
    link.sessions += 1
    if (rttMs !== null) {
      link.rttSumMs += rttMs
      link.rttsKnown += 1
    }
    links.set(key, link)
  }
  return [...links.values()]
    .map(({ placeId, siteId, sessions: count, rttSumMs, rttsKnown }) => ({
      placeId,
      siteId,
      sessions: count,
      rttMs: rttsKnown === 0 ? null : rttSumMs / rttsKnown,
    }))
    .sort((a, b) => b.sessions - a.sessions || (a.siteId < b.siteId ? -1 : 1))
}

function queuesOf(sessions: readonly SessionFacts[], atMs: number): OperatorQueue[] {
  const queues = new Map<string, OperatorQueue>()
  for (const { region, seatClass, waitingSinceMs } of sessions) {
    if (waitingSinceMs === null) continue
    const key = `${region}\n${seatClass}`
    const queue = queues.get(key) ?? { region, class: seatClass, waiting: 0, longestMs: 0 }
    queue.waiting += 1
    queue.longestMs = Math.max(queue.longestMs, atMs - waitingSinceMs)
    queues.set(key, queue)
  }
  return [...queues.values()].sort((a, b) => b.waiting - a.waiting || (a.region < b.region ? -1 : 1))
}
