import { NearcadeError } from '../../config/errors.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { startTicking, type TickingContext } from '../fleet/ticking.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { EventStore } from '../store/eventStore.ts'
import { type BookedEvent, isOpen, keptSeats, seatsLeft } from './event.ts'
import { createRunning, type Running } from './running.ts'

/** The bookings that are not over, in memory and in the store, and what becomes of them as time goes by. */
export interface EventBook {
  readonly running: Running
  /** The first to begin first. */
  all(): readonly BookedEvent[]
  find(eventId: string): BookedEvent | null
  /** Adds one to the store and here. @param complete as the store wants it */
  add(
    wish: Pick<BookedEvent, 'orgId' | 'idempotencyKey'>,
    complete: (open: readonly BookedEvent[]) => BookedEvent,
  ): Promise<{ readonly event: BookedEvent; readonly isNew: boolean }>
  /** Changes one in the store and here. @throws NearcadeError event-not-found, and what `edit` does */
  put(
    eventId: string,
    edit: (event: BookedEvent, others: readonly BookedEvent[]) => BookedEvent,
  ): Promise<BookedEvent>
  close(): Promise<void>
}

export interface BookContext extends TickingContext {
  readonly store: EventStore
  readonly catalogue: Pick<Catalogue, 'live'>
  readonly clock: Clock
  readonly log: Log
}

const tickMs = 1_000

/** Takes up what the store holds. */
export async function openBook(context: BookContext): Promise<EventBook> {
  const { store, catalogue, clock, log } = context
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
  function drop(eventId: string): void {
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
        // What came of it is to be written first.
        if (!unwritten.has(event.id)) drop(event.id)
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

  return {
    running,
    all: () =>
      [...open.values()]
        .filter((event) => isOpen(event, clock.now()))
        .sort((a, b) => a.fromMs - b.fromMs || a.createdAtMs - b.createdAtMs),
    find: (eventId) => open.get(eventId) ?? null,
    async add(wish, complete) {
      const booked = await inTurn(() => store.book(wish, clock.now(), complete))
      if (booked.isNew) {
        open.set(booked.event.id, booked.event)
        look()
      }
      return booked
    },
    async put(eventId, edit) {
      const event = await inTurn(async () => {
        await write()
        return store.change(eventId, clock.now(), (stored, others) => {
          const { players, mostUsed, sites } = open.get(eventId) ?? stored
          return edit({ ...stored, players, mostUsed, sites }, others)
        })
      })
      if (event === null) throw new NearcadeError('event-not-found')
      if (isOpen(event, clock.now())) {
        open.set(eventId, event)
        for (const site of event.sites) running.at(eventId, site.siteId)?.keepOnly(seatsLeft(site))
        running.change(event)
        look()
      } else drop(eventId)
      return event
    },
    async close() {
      await ticking.close()
      await inTurn(write)
    },
  }
}
