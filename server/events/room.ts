import type { EventWhere } from '../../config/protocol/events.ts'
import { mostHolds } from '../placement/holds.ts'
import { type BookedEvent, overlap, seatsLeft } from './event.ts'

/** A site as somewhere to book seats. */
export interface SiteRoom {
  readonly siteId: string
  readonly siteName: string
  readonly region: string
  /** On nodes that are there now and may run the title. */
  readonly seats: number
  /** Players in line for whom a seat there would do now. */
  readonly waiting: number
  /** Plays of the title there lately. */
  readonly plays: number
}

/** One booking's seats of one site. */
interface Taken {
  readonly fromMs: number
  readonly toMs: number
  readonly seats: number
}

export const takenAt = (siteId: string, events: readonly BookedEvent[]): readonly Taken[] =>
  events.flatMap(({ fromMs, toMs, sites }) =>
    sites
      .filter((site) => site.siteId === siteId && seatsLeft(site) > 0)
      .map((site) => ({ fromMs, toMs, seats: seatsLeft(site) })),
  )

/** The most that is taken at any one moment of this time: bookings that follow each other take turns with the same seats. */
export function mostTakenIn(taken: readonly Taken[], fromMs: number, toMs: number): number {
  const within = taken.filter((one) => overlap(one, { fromMs, toMs }))
  let most = 0
  let events = 0
  // It can only grow where one begins.
  for (const at of [fromMs, ...within.map((one) => Math.max(fromMs, one.fromMs))]) {
    const now = within.filter((one) => one.fromMs <= at && at < one.toMs)
    most = Math.max(
      most,
      now.reduce((sum, { seats }) => sum + seats, 0),
    )
    events = Math.max(events, now.length)
  }
  return events >= mostHolds ? Number.POSITIVE_INFINITY : most
}

/** Whoever waits now is in line before what begins within this time. */
const soonMs = 3_600_000

/**
 * How many seats of a site can be booked in all of this time: of its share for events, what others have not booked, and never a seat that
 * somebody in line waits for now.
 * @param others bookings that may be then, but for the one that is asked about
 */
export function bookable(
  { siteId, seats, waiting }: SiteRoom,
  others: readonly BookedEvent[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  { sharePercent, nowMs }: { readonly sharePercent: number; readonly nowMs: number },
): number {
  const share = Math.floor((seats * sharePercent) / 100)
  const most = fromMs - nowMs < soonMs ? Math.min(share, seats - waiting) : share
  return Math.max(0, most - mostTakenIn(takenAt(siteId, others), fromMs, toMs))
}

interface Choice extends SiteRoom {
  readonly bookable: number
}

export type Chosen =
  | { readonly ok: true; readonly sites: readonly { readonly siteId: string; readonly seats: number }[] }
  | { readonly ok: false; readonly faults: readonly string[] }

/** Which seats of which sites a wish comes to, or why there are not so many. */
export function choose(where: EventWhere, sites: readonly Choice[]): Chosen {
  if (where.kind === 'sites') return chooseSites(where.sites, sites)
  const able = where.kind === 'players' ? sites : sites.filter(({ region }) => where.regions.includes(region))
  const room = able.reduce((sum, site) => sum + site.bookable, 0)
  if (room < where.seats) return { ok: false, faults: [`where.seats: ${room} can be booked there then`] }
  const played = where.kind === 'players' && able.some(({ plays, bookable: free }) => plays > 0 && free > 0)
  return { ok: true, sites: share(where.seats, able, ({ plays, bookable: free }) => (played ? plays : free)) }
}

function chooseSites(
  wished: readonly { readonly siteId: string; readonly seats: number }[],
  sites: readonly Choice[],
): Chosen {
  const faults = wished.flatMap(({ siteId, seats }, at) => {
    const site = sites.find((one) => one.siteId === siteId)
    if (site === undefined) return [`where.sites.${at}: there is no site ${siteId}`]
    if (wished.findIndex((one) => one.siteId === siteId) !== at)
      return [`where.sites.${at}: ${siteId} is named twice`]
    return site.bookable < seats
      ? [`where.sites.${at}: ${site.bookable} can be booked at ${site.siteName} then`]
      : []
  })
  return faults.length > 0 ? { ok: false, faults } : { ok: true, sites: wished }
}

/** Seat by seat to whoever has least for their weight (D'Hondt), as far as there are any; what has no weight comes last. */
function share(
  seats: number,
  sites: readonly Choice[],
  weightOf: (site: Choice) => number,
): readonly { readonly siteId: string; readonly seats: number }[] {
  const shares = sites.map((site) => ({ site, seats: 0 }))
  for (let left = seats; left > 0; left -= 1) {
    let best: (typeof shares)[number] | null = null
    for (const one of shares) {
      if (one.seats >= one.site.bookable) continue
      if (best === null || claim(one) > claim(best)) best = one
    }
    if (best === null) break
    best.seats += 1
  }
  return shares.filter((one) => one.seats > 0).map((one) => ({ siteId: one.site.siteId, seats: one.seats }))

  function claim(one: (typeof shares)[number]): number {
    return (weightOf(one.site) + 1e-6) / (one.seats + 1)
  }
}
