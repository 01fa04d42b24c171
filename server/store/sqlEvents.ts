import { and, asc, desc, eq, gt, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import type { BookedEvent } from '../events/event.ts'
import type { Database } from './database.ts'
import { events } from './eventSchema.ts'
import type { EventStore } from './eventStore.ts'

/** Any number that no other lock has. */
const bookingLock = 7_236_912

export function sqlEvents(database: Database): EventStore {
  type Inside = Pick<Database, 'select' | 'execute'>
  const openIn = (inside: Pick<Database, 'select'>, nowMs: number): Promise<readonly BookedEvent[]> =>
    inside
      .select()
      .from(events)
      .where(and(gt(events.toMs, nowMs), isNull(events.cancelled)))
      .orderBy(asc(events.fromMs), asc(events.createdAtMs), asc(events.id))
  /** Two bookings that do not see each other would take the same seats. */
  const lock = (inside: Inside): Promise<unknown> =>
    inside.execute(sql`select pg_advisory_xact_lock(${bookingLock})`)
  const findIn = async (inside: Pick<Database, 'select'>, id: string): Promise<BookedEvent | null> =>
    (await inside.select().from(events).where(eq(events.id, id)))[0] ?? null

  return {
    book: (wish, nowMs, complete) =>
      database.transaction(async (inside) => {
        await lock(inside)
        const { orgId, idempotencyKey } = wish
        const [before] = await inside
          .select()
          .from(events)
          .where(and(eq(events.orgId, orgId), eq(events.idempotencyKey, idempotencyKey)))
        if (before !== undefined) return { event: before, isNew: false }
        const event = complete(await openIn(inside, nowMs))
        await inside.insert(events).values(event)
        return { event, isNew: true }
      }),
    change: (eventId, nowMs, edit) =>
      database.transaction(async (inside) => {
        await lock(inside)
        const before = await findIn(inside, eventId)
        if (before === null) return null
        const others = (await openIn(inside, nowMs)).filter(({ id }) => id !== eventId)
        const { id: _id, ...after } = edit(before, others)
        await inside.update(events).set(after).where(eq(events.id, eventId))
        return { id: eventId, ...after }
      }),
    find: (eventId) => findIn(database, eventId),
    open: (nowMs) => openIn(database, nowMs),
    past: (orgId, nowMs, most) =>
      database
        .select()
        .from(events)
        .where(and(eq(events.orgId, orgId), or(lte(events.toMs, nowMs), isNotNull(events.cancelled))))
        .orderBy(desc(events.fromMs), asc(events.id))
        .limit(most),
    async note({ id, sites, players, mostUsed }) {
      await database.update(events).set({ sites, players, mostUsed }).where(eq(events.id, id))
    },
  }
}
