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
import { startTicking } from '../fleet/ticking.ts'
import type { Asker as Guest } from '../guests/guests.ts'
import type { Log } from '../log.ts'
import { titleKey } from '../placement/decideLimits.ts'
import type { SiteDemand } from '../placement/expectedSessions.ts'
import type { EventStore } from '../store/eventStore.ts'
import type { PublishingStore } from '../store/publishingStore.ts'
import { changed, demandSpan } from './bounds.ts'
import { type BookedEvent, type BookedSite, isOpen, keepOnly, keptSeats, seatsLeft } from './event.ts'
import { eventView } from './eventView.ts'
import type { Holds } from './holds.ts'
import { bookable, choose, type SiteRoom, takenAt } from './room.ts'
import { createRunning } from './running.ts'
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

const tickMs = 1_000
const mostPast = 50

/** Takes up what the store holds. */
export async function openEvents(context: EventsContext): Promise<Events> {
  const { store, titles, catalogue, fleet, limits, clock, log } = context
  const open = new Map((await store.open(clock.now())).map((event) => [event.id, event]))
  /** Those of which more is known than is written. */
  const unwritten = new Set<string>()
  let writing: Promise<unknown> = Promise.resolve()

  const running = createRunning(catalogue, clock, (eventId) => came(eventId, 1))

  function update(eventId: string, change: Partial<BookedEvent>): void {
    const event = open.get(eventId)
    if (event === undefined) return
    open.set(eventId, { ...event, ...change })
    unwritten.add(eventId)
  }
  function came(eventId: string, players: number): void {
    const event = open.get(eventId)
    if (event === undefined) return
    const mostUsed = Math.max(event.mostUsed, running.usedOf(eventId))
    update(eventId, { players: event.players + players, mostUsed })
  }

  /** One write after the other, so that none puts back what another has changed. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const next = writing.then(task)
    writing = next.catch(() => {})
    return next
  }
  async function write(): Promise<void> {
    for (const eventId of [...unwritten]) {
      unwritten.delete(eventId)
      const event = open.get(eventId)
      if (event === undefined) continue
      try {
        await store.note(event)
      } catch (cause) {
        unwritten.add(eventId)
        log.warn({ err: cause, event: eventId }, 'what came of an event could not be noted')
        return
      }
    }
  }

  function begin(event: BookedEvent, isNow: boolean): void {
    const players = running.begin(event, clock.now())
    if (isNow && players > 0) came(event.id, players)
    log.info({ event: event.id, title: event.titleId, seats: keptSeats(event) }, 'event begins')
  }
  function close(eventId: string): void {
    running.end(eventId)
    open.delete(eventId)
    unwritten.delete(eventId)
  }

  /** Seats for which nobody has come are everybody's again, one by one. */
  function expire(event: BookedEvent, afterMs: number): void {
    let gone = 0
    const sites = event.sites.map((site) => {
      const expired = running.at(event.id, site.siteId)?.expire(clock.now(), afterMs) ?? 0
      gone += expired
      return expired === 0 ? site : { ...site, givenBack: site.givenBack + expired }
    })
    if (gone > 0) update(event.id, { sites })
  }

  function look(): void {
    const nowMs = clock.now()
    for (const event of [...open.values()]) {
      if (nowMs >= event.toMs) {
        running.end(event.id)
        if (!unwritten.has(event.id)) close(event.id)
        continue
      }
      if (nowMs < event.fromMs) continue
      if (!running.has(event.id)) begin(event, true)
      if (event.giveBackAfterMs !== null) expire(event, event.giveBackAfterMs)
    }
    running.refresh()
    if (unwritten.size > 0) void inTurn(write)
  }
  for (const event of open.values()) if (clock.now() >= event.fromMs) begin(event, false)
  const ticking = startTicking(
    tickMs,
    function* () {
      look()
      yield
    },
    context,
  )

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
    const event = open.get(eventId) ?? (await store.find(eventId))
    if (event === null || (orgId !== null && event.orgId !== orgId))
      throw new NearcadeError('event-not-found')
    return event
  }
  const bounds = (): { sharePercent: number; nowMs: number } => ({
    sharePercent: limits.sharePercent,
    nowMs: clock.now(),
  })

  /** What is known here goes with what the store makes of it. */
  async function put(
    eventId: string,
    edit: (event: BookedEvent, others: readonly BookedEvent[]) => BookedEvent,
  ): Promise<BookedEvent> {
    const next = await inTurn(async () => {
      await write()
      return store.change(eventId, clock.now(), (stored, others) => {
        const { players, mostUsed, sites } = open.get(eventId) ?? stored
        return edit({ ...stored, players, mostUsed, sites }, others)
      })
    })
    if (next === null) throw new NearcadeError('event-not-found')
    return next
  }

  return {
    holds: running,
    async list(orgId, titleId) {
      const coming = [...open.values()].filter((event) => event.orgId === orgId && isOpen(event, clock.now()))
      coming.sort((a, b) => a.fromMs - b.fromMs)
      const past = await store.past(orgId, clock.now(), mostPast)
      const all = [...coming, ...past].filter((event) => titleId === null || event.titleId === titleId)
      return { events: all.map(view), limits }
    },
    find: async (orgId, eventId) => view(await own(orgId, eventId)),
    async room(orgId, titleId, fromMs, toMs) {
      demandSpan({ fromMs, toMs }, limits, clock.now())
      const others = [...open.values()]
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
      const { event, isNew } = await inTurn(() =>
        store.book(draft, nowMs, (others) => {
          demandSpan(draft, limits, nowMs)
          if (others.filter((other) => other.orgId === orgId).length >= limits.mostOpen)
            throw new NearcadeError('too-many-events', [`${limits.mostOpen}`])
          const choices = known.map((site) => ({
            ...site,
            bookable: bookable(site, others, draft, bounds()),
          }))
          const chosen = choose(where, choices)
          if (!chosen.ok) throw new NearcadeError('event-no-room', chosen.faults)
          const sites = chosen.sites.map(({ siteId, seats }) => ({
            siteId,
            siteName: known.find((site) => site.siteId === siteId)?.siteName ?? siteId,
            seats,
            givenBack: 0,
          }))
          return { ...draft, sites }
        }),
      )
      if (isNew) {
        open.set(event.id, event)
        look()
        context.onChange()
      }
      return { event: view(open.get(event.id) ?? event), isNew }
    },
    async change(orgId, eventId, change) {
      const { titleId } = await own(orgId, eventId)
      const known = await rooms(orgId, titleId)
      const idle = (site: BookedSite): number => running.at(eventId, site.siteId)?.idle ?? seatsLeft(site)
      const event = await put(eventId, (stored, others) => {
        const next = changed(stored, change, others, { rooms: known, limits, nowMs: clock.now() })
        return { ...next, sites: keepOnly(next.sites, change.seats ?? keptSeats(next), idle) }
      })
      open.set(eventId, event)
      for (const site of event.sites) running.at(eventId, site.siteId)?.keepOnly(seatsLeft(site))
      running.change(event)
      look()
      context.onChange()
      return view(event)
    },
    async cancel(orgId, eventId) {
      await own(orgId, eventId)
      const event = await put(eventId, (stored) => {
        if (stored.cancelled !== null) return stored
        const nowMs = clock.now()
        if (nowMs >= stored.toMs) throw new NearcadeError('event-over')
        return { ...stored, cancelled: { atMs: nowMs, by: orgId === null ? 'operator' : 'publisher' } }
      })
      close(eventId)
      context.onChange()
      return view(event)
    },
    all: () => ({
      atMs: clock.now(),
      events: [...open.values()]
        .filter((event) => isOpen(event, clock.now()))
        .sort((a, b) => a.fromMs - b.fromMs)
        .map((event) => ({ orgId: event.orgId, event: view(event) })),
    }),
    admit(request, { launchedFor }) {
      if (launchedFor !== request.titleId) return request
      const [next] = [...open.values()]
        .filter(({ titleId, entry }) => titleId === launchedFor && entry === 'launch')
        .sort((a, b) => a.fromMs - b.fromMs)
      return next === undefined ? request : { ...request, eventToken: next.token }
    },
    wanted: (expected) => withEvents(expected, [...open.values()], clock.now(), limits.warmUpMs),
    async close() {
      await ticking.close()
      await inTurn(write)
    },
  }
}
