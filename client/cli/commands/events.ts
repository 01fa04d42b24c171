import { randomUUID } from 'node:crypto'
import {
  type EventEntry,
  type EventList,
  eventList,
  type EventRoom,
  eventRoom,
  type EventView,
  eventView,
  type EventWhere,
  type NewEvent,
} from '../../../config/protocol/events.ts'
import { asMember, type Context, shortPatience } from '../context.ts'
import { Fault } from '../fault.ts'
import { patiently } from '../patience.ts'
import type { RouterApi } from '../router.ts'
import type { Outcome } from '../terminal.ts'
import { columns, plural, timeText } from '../words.ts'

export interface Booking {
  readonly from: number
  readonly to: number
  readonly name?: string
  readonly seats?: number
  /** `Frankfurt=20` each. */
  readonly site?: readonly string[]
  readonly region?: readonly string[]
  readonly entry: EventEntry
  /** Minutes. */
  readonly giveBackAfter?: number
}

const eventsAt = (orgId: string, ...rest: readonly string[]): string =>
  `/api/orgs/${[orgId, 'events', ...rest].map(encodeURIComponent).join('/')}`

export function listEvents(context: Context, titleId: string | undefined): Promise<Outcome> {
  return asMember(context, async ({ router, orgId, organisation }) => {
    const patience = shortPatience(context)
    const query = titleId === undefined ? '' : `?titleId=${encodeURIComponent(titleId)}`
    const found: EventList = await patiently(
      () => router.call(eventList, 'GET', `${eventsAt(orgId)}${query}`, { signal: patience.signal }),
      patience,
    )
    const rows = found.events.map((event) => [
      event.eventId,
      event.titleId,
      `${timeText(event.fromMs)} to ${timeText(event.toMs)} UTC`,
      event.sites.map(({ siteName, seats }) => `${siteName} ${seats}`).join(', '),
      stateText(event),
      event.name,
    ])
    return {
      result: found,
      lines: rows.length === 0 ? [`${organisation} has no events booked.`] : columns(rows),
    }
  })
}

export function showRoom(
  context: Context,
  titleId: string,
  { from, to }: Pick<Booking, 'from' | 'to'>,
): Promise<Outcome> {
  return asMember(context, async ({ router, orgId }) => {
    const found = await roomOf(context, router, orgId, titleId, from, to)
    const rows = found.sites.map(({ siteName, region, bookable, seats, plays }) => [
      siteName,
      region,
      `${bookable} of ${seats} seats`,
      `${plural(plays, 'play')} in 4 weeks`,
    ])
    return { result: found, lines: rows.length === 0 ? ['No site that may run it is there.'] : columns(rows) }
  })
}

export function bookEvent(context: Context, titleId: string, booking: Booking): Promise<Outcome> {
  return asMember(context, async ({ router, orgId }) => {
    const { from, to, name, entry, giveBackAfter } = booking
    const where = await whereOf(booking, () => roomOf(context, router, orgId, titleId, from, to))
    // One key for all tries: a booking that was made and not heard of is found, not made again.
    const json: NewEvent = {
      idempotencyKey: randomUUID(),
      titleId,
      name: name ?? `${titleId}, ${timeText(from)}`,
      fromMs: from,
      toMs: to,
      where,
      entry,
      giveBackAfterMs: giveBackAfter === undefined ? null : giveBackAfter * 60_000,
    }
    const patience = shortPatience(context)
    const event = await patiently(
      () => router.call(eventView, 'POST', eventsAt(orgId), { json, signal: patience.signal }),
      patience,
    )
    const { linkToken } = event
    return {
      result: event,
      lines: [
        `${plural(event.seats, 'seat')} from ${timeText(event.fromMs)} to ${timeText(event.toMs)} UTC: ${event.sites.map(({ siteName, seats }) => `${siteName} ${seats}`).join(', ')}.`,
        ...(linkToken === null
          ? []
          : [`Its players come by ${router.server}/play/${titleId}?event=${linkToken}`]),
        `Cancel it: nearcade events cancel ${event.eventId}`,
      ],
    }
  })
}

export function cancelEvent(context: Context, eventId: string): Promise<Outcome> {
  return asMember(context, async ({ router, orgId }) => {
    const patience = shortPatience(context)
    const event = await patiently(
      () => router.call(eventView, 'DELETE', eventsAt(orgId, eventId), { signal: patience.signal }),
      patience,
    )
    return { result: event, lines: [`${event.name} is cancelled. Its seats are everybody's again.`] }
  })
}

function roomOf(
  context: Context,
  router: RouterApi,
  orgId: string,
  titleId: string,
  fromMs: number,
  toMs: number,
): Promise<EventRoom> {
  const patience = shortPatience(context)
  const query = new URLSearchParams({ titleId, fromMs: String(fromMs), toMs: String(toMs) })
  return patiently(
    () => router.call(eventRoom, 'GET', `${eventsAt(orgId, 'room')}?${query}`, { signal: patience.signal }),
    patience,
  )
}

/** @throws Fault usage */
async function whereOf(
  { seats, site, region }: Booking,
  room: () => Promise<EventRoom>,
): Promise<EventWhere> {
  if (site !== undefined && site.length > 0) {
    if (seats !== undefined || region !== undefined)
      throw usage('--site names its seats itself, so it goes with neither --seats nor --region.')
    return { kind: 'sites', sites: sitesNamed(site, await room()) }
  }
  if (seats === undefined) throw usage('Nobody said how many seats.')
  return region === undefined || region.length === 0
    ? { kind: 'players', seats }
    : { kind: 'regions', regions: [...region], seats }
}

/** By the name of a site where only one has it, or its id. @throws Fault usage */
function sitesNamed(texts: readonly string[], { sites }: EventRoom): { siteId: string; seats: number }[] {
  return texts.map((text) => {
    const [, named = '', count = ''] = /^(.+)=(\d{1,5})$/.exec(text) ?? []
    if (named === '') throw usage(`${text} names no site and seats.`)
    const found = sites.filter(({ siteId, siteName }) => siteId === named || siteName === named)
    const [site] = found
    if (site === undefined || found.length > 1)
      throw usage(
        site === undefined
          ? `There is no site ${named} for this title.`
          : `Several sites are called ${named}: ${found.map(({ siteId }) => siteId).join(', ')}.`,
      )
    return { siteId: site.siteId, seats: Number(count) }
  })
}

const usage = (what: string): Fault =>
  new Fault('usage', {
    code: 'bad-booking',
    what,
    next: 'Write --seats 20, alone or with --region Europe, or --site Frankfurt=20. `nearcade events room` says what there is.',
  })

/** What becomes of a booking, in a few words. */
function stateText(event: EventView): string {
  const { state, seats, givenBack, ready, holding, players, mostUsed } = event
  const left = seats - givenBack
  const back = givenBack === 0 ? '' : `, ${givenBack} given back`
  switch (state) {
    case 'booked':
      return `booked, ${plural(seats, 'seat')}${back}`
    case 'warming':
      return event.isWithoutTitle ? 'nothing is live yet' : `warming up, ${ready} of ${left} ready`
    case 'held':
      return event.isWithoutTitle
        ? 'nothing is live, so nothing is held'
        : `held ${holding} of ${left}, ${event.used} in use${back}`
    case 'over':
      return `over: ${plural(players, 'player')}, ${Math.max(0, seats - mostUsed)} of ${seats} unused`
    case 'cancelled':
      return event.cancelled?.by === 'operator' ? 'cancelled by the operator' : 'cancelled'
    default:
      return state satisfies never
  }
}
