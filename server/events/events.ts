import { randomBytes, randomUUID } from 'node:crypto'
import { NearcadeError } from '../../config/errors.ts'
import type { CreateSession } from '../../config/protocol/api.ts'
import type {
  EventChange,
  EventLimits,
  EventList,
  EventRoom,
  EventView,
  NewEvent,
  OperatorEvents,
} from '../../config/protocol/events.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Asker as Guest } from '../guests/guests.ts'
import type { Log } from '../log.ts'
import { titleKey } from '../placement/decideLimits.ts'
import type { SiteDemand } from '../placement/expectedSessions.ts'
import type { EventStore } from '../store/eventStore.ts'
import type { PublishingStore } from '../store/publishingStore.ts'
import { openBook } from './book.ts'
import { changed, demandSpan } from './bounds.ts'
import { type BookedEvent, type BookedSite, keepOnly, keptSeats, seatsLeft } from './event.ts'
import { eventView } from './eventView.ts'
import type { Holds } from './holds.ts'
import { bookable, choose, type SiteRoom, takenAt } from './room.ts'
import { siteRooms } from './siteRooms.ts'
import { withEvents } from './wanted.ts'

/** Seats that publishers have booked for a time. Whoever calls has asked for the right to. Every failure is a NearcadeError. */
export interface Events {
  readonly holds: Holds
  /** @param titleId of one title alone; null: of all */
  list(orgId: string, titleId: string | null): Promise<EventList>
  find(orgId: string, eventId: string): Promise<EventView>
  room(orgId: string, titleId: string, fromMs: number, toMs: number): Promise<EventRoom>
  /** The same key again is the same booking. */
  book(orgId: string, wish: NewEvent, by: string): Promise<{ event: EventView; isNew: boolean }>
  change(orgId: string, eventId: string, change: EventChange): Promise<EventView>
  /** Its seats are everybody's from the moment that this resolves. Repeating it changes nothing. @param orgId null: the operator's word */
  cancel(orgId: string | null, eventId: string): Promise<EventView>
  /** All that are ahead, of one title or of all. */
  cancelAll(orgId: string, titleId: string | null): Promise<void>
  /** All that are not over. */
  all(): OperatorEvents
  /** The wish of somebody whom the publisher's backend sends, with the event that this is for. */
  admit(request: CreateSession, guest: Guest): CreateSession
  /** What nodes should be ready for: what is expected, and what is booked. */
  wanted(expected: SiteDemand): SiteDemand
  close(): Promise<void>
}

export interface EventsContext {
  readonly store: EventStore
  readonly titles: Pick<PublishingStore, 'find' | 'versions' | 'playFigures'>
  readonly catalogue: Pick<Catalogue, 'live'>
  readonly fleet: { readonly index: Pick<Fleet['index'], 'all' | 'at'> }
  /** Players in line for whom a seat of this site would do. */
  readonly wanting: (siteId: string) => number
  /** What nodes should be ready for is another than before. */
  readonly onChange: () => void
  readonly limits: EventLimits
  readonly clock: Clock
  readonly log: Log
  readonly rest: () => Promise<unknown>
}

const mostPast = 50

/** Takes up what the store holds. */
export async function openEvents(context: EventsContext): Promise<Events> {
  const { store, titles, catalogue, fleet, limits, clock } = context
  const book = await openBook(context)
  const { running } = book

  const keyOf = (titleId: string): string | null => {
    const version = catalogue.live(titleId)?.build?.version
    return version === undefined ? null : titleKey({ id: titleId, version })
  }
  const view = (event: BookedEvent): EventView =>
    eventView(event, {
      running,
      nodesAt: (siteId, key) => fleet.index.at(siteId, key),
      keyOf,
      nowMs: clock.now(),
      warmUpMs: limits.warmUpMs,
    })

  /** @throws NearcadeError title-not-found */
  async function rooms(orgId: string, titleId: string): Promise<readonly SiteRoom[]> {
    if ((await titles.find(titleId))?.orgId !== orgId) throw new NearcadeError('title-not-found')
    const manifest = catalogue.live(titleId)?.manifest ?? (await titles.versions(titleId))[0]?.manifest
    return siteRooms(
      titles,
      titleId,
      fleet.index.all(),
      manifest?.allow ?? null,
      context.wanting,
      clock.now(),
    )
  }
  /** @throws NearcadeError event-not-found, where it is somebody else's, too */
  async function own(orgId: string | null, eventId: string): Promise<BookedEvent> {
    const event = book.find(eventId) ?? (await store.find(eventId))
    if (event === null || (orgId !== null && event.orgId !== orgId))
      throw new NearcadeError('event-not-found')
    return event
  }
  const bounds = (): { sharePercent: number; nowMs: number } => ({
    sharePercent: limits.sharePercent,
    nowMs: clock.now(),
  })

  async function cancel(orgId: string | null, eventId: string): Promise<EventView> {
    await own(orgId, eventId)
    const event = await book.put(eventId, (stored) => {
      if (stored.cancelled !== null) return stored
      const nowMs = clock.now()
      if (nowMs >= stored.toMs) throw new NearcadeError('event-over')
      return { ...stored, cancelled: { atMs: nowMs, by: orgId === null ? 'operator' : 'publisher' } }
    })
    context.onChange()
    return view(event)
  }

  return {
    holds: running,
    async list(orgId, titleId) {
      const coming = book.all().filter((event) => event.orgId === orgId)
      const past = await store.past(orgId, clock.now(), mostPast)
      const all = [...coming, ...past].filter((event) => titleId === null || event.titleId === titleId)
      return { events: all.map(view), limits }
    },
    find: async (orgId, eventId) => view(await own(orgId, eventId)),
    async room(orgId, titleId, fromMs, toMs) {
      demandSpan({ fromMs, toMs }, limits, clock.now())
      const others = book.all()
      return {
        sites: (await rooms(orgId, titleId)).map((site) => ({
          siteId: site.siteId,
          siteName: site.siteName,
          region: site.region,
          seats: site.seats,
          plays: site.plays,
          bookable: bookable(site, others, { fromMs, toMs }, bounds()),
          taken: takenAt(site.siteId, others).filter((one) => one.fromMs < toMs && fromMs < one.toMs),
        })),
      }
    },
    async book(orgId, wish, by) {
      const { titleId, name, fromMs, toMs, where, entry = 'title', giveBackAfterMs = null } = wish
      const known = await rooms(orgId, titleId)
      const nowMs = clock.now()
      const draft: BookedEvent = {
        id: randomUUID(),
        orgId,
        titleId,
        name,
        fromMs,
        toMs,
        entry,
        token: randomBytes(18).toString('base64url'),
        giveBackAfterMs,
        sites: [],
        idempotencyKey: wish.idempotencyKey,
        createdAtMs: nowMs,
        createdBy: by,
        cancelled: null,
        players: 0,
        mostUsed: 0,
      }
      const { event, isNew } = await book.add(draft, (others) => {
        demandSpan(draft, limits, nowMs)
        if (others.filter((other) => other.orgId === orgId).length >= limits.mostOpen)
          throw new NearcadeError('too-many-events', [`${limits.mostOpen}`])
        const choices = known.map((site) => ({ ...site, bookable: bookable(site, others, draft, bounds()) }))
        const chosen = choose(where, choices)
        if (!chosen.ok) throw new NearcadeError('event-no-room', chosen.faults)
        const sites = chosen.sites.map(({ siteId, seats }) => ({
          siteId,
          siteName: known.find((site) => site.siteId === siteId)?.siteName ?? siteId,
          seats,
          givenBack: 0,
        }))
        return { ...draft, sites }
      })
      if (isNew) context.onChange()
      return { event: view(book.find(event.id) ?? event), isNew }
    },
    async change(orgId, eventId, change) {
      const { titleId } = await own(orgId, eventId)
      const known = await rooms(orgId, titleId)
      const idle = (site: BookedSite): number => running.at(eventId, site.siteId)?.idle ?? seatsLeft(site)
      const event = await book.put(eventId, (stored, others) => {
        const next = changed(stored, change, others, { rooms: known, limits, nowMs: clock.now() })
        return { ...next, sites: keepOnly(next.sites, change.seats ?? keptSeats(next), idle) }
      })
      context.onChange()
      return view(event)
    },
    cancel,
    async cancelAll(orgId, titleId) {
      for (const event of book.all())
        if (event.orgId === orgId && (titleId === null || event.titleId === titleId))
          await cancel(orgId, event.id)
    },
    all: () => ({
      atMs: clock.now(),
      events: book.all().map((event) => ({ orgId: event.orgId, event: view(event) })),
    }),
    admit(request, { launchedFor }) {
      if (launchedFor !== request.titleId) return request
      const next = book.all().find(({ titleId, entry }) => titleId === launchedFor && entry === 'launch')
      return next === undefined ? request : { ...request, eventToken: next.token }
    },
    wanted: (expected) => withEvents(expected, book.all(), clock.now(), limits.warmUpMs),
    close: () => book.close(),
  }
}
