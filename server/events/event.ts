import type { EventEntry } from '../../config/protocol/events.ts'

/** Of one site: how many seats were booked there, and how many of them are everybody's again. */
export interface BookedSite {
  readonly siteId: string
  readonly siteName: string
  readonly seats: number
  readonly givenBack: number
}

/** A booking as the store has it. */
export interface BookedEvent {
  readonly id: string
  readonly orgId: string
  readonly titleId: string
  readonly name: string
  readonly fromMs: number
  readonly toMs: number
  readonly entry: EventEntry
  /** Of its link, or of those whom the publisher's backend sends. */
  readonly token: string
  readonly giveBackAfterMs: number | null
  readonly sites: readonly BookedSite[]
  readonly idempotencyKey: string
  readonly createdAtMs: number
  readonly createdBy: string
  readonly cancelled: { readonly atMs: number; readonly by: 'publisher' | 'operator' } | null
  readonly players: number
  readonly mostUsed: number
}

type Span = Pick<BookedEvent, 'fromMs' | 'toMs'>

/** The end is no part of it: one may begin when another ends. */
export const overlap = (a: Span, b: Span): boolean => a.fromMs < b.toMs && b.fromMs < a.toMs

export const seatsLeft = ({ seats, givenBack }: Pick<BookedSite, 'seats' | 'givenBack'>): number =>
  seats - givenBack

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
export const bookedSeats = ({ sites }: Pick<BookedEvent, 'sites'>): number =>
  sum(sites.map(({ seats }) => seats))
export const keptSeats = ({ sites }: Pick<BookedEvent, 'sites'>): number => sum(sites.map(seatsLeft))

/** Holds, or will hold, seats. */
export const isOpen = ({ toMs, cancelled }: BookedEvent, nowMs: number): boolean =>
  cancelled === null && nowMs < toMs

/**
 * Gives seats back until so many are left: one by one of the site with most to give, so that all sites keep their share.
 * @param idle seats of a site that nobody sits on; those go first
 */
export function keepOnly(
  sites: readonly BookedSite[],
  seats: number,
  idle: (site: BookedSite) => number,
): readonly BookedSite[] {
  const left = sites.map((site) => ({ site, kept: seatsLeft(site), idle: idle(site) }))
  let total = sum(left.map(({ kept }) => kept))
  while (total > seats) {
    const [most] = [...left].sort((a, b) => b.idle - a.idle || b.kept - a.kept)
    if (most === undefined) break
    // Where all are taken, of the site that has most of them.
    const from = most.idle > 0 ? most : [...left].sort((a, b) => b.kept - a.kept)[0]
    if (from === undefined || from.kept === 0) break
    from.kept -= 1
    from.idle = Math.max(0, from.idle - 1)
    total -= 1
  }
  return left.map(({ site, kept }) => ({ ...site, givenBack: site.seats - kept }))
}
