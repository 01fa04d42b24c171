import { and, asc, count, eq, lt, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { guests, sessionEvents, sessions } from './schema.ts'
import type { SessionStore, StoredSession } from './store.ts'

const stored = (row: typeof sessions.$inferSelect): StoredSession => {
  const { id, guestId, titleId, request, createdAtMs, state, revision, nodeSeq, placement } = row
  return { id, guestId, titleId, request, createdAtMs, state, revision, nodeSeq, placement }
}

export function sqlSessions(database: Database): SessionStore {
  return {
    create(session, maxOpen) {
      return database.transaction(async (inside) => {
        // The guest's row is the lock that puts simultaneous calls in line.
        await inside.select().from(guests).where(eq(guests.id, session.guestId)).for('update')
        const [repeated] = await inside
          .select()
          .from(sessions)
          .where(
            and(
              eq(sessions.guestId, session.guestId),
              eq(sessions.idempotencyKey, session.request.idempotencyKey),
            ),
          )
        if (repeated !== undefined) return { kind: 'repeated', session: stored(repeated) }
        const [open] = await inside
          .select({ n: count() })
          .from(sessions)
          .where(and(eq(sessions.guestId, session.guestId), eq(sessions.ended, false)))
        if ((open?.n ?? 0) >= maxOpen) return { kind: 'too-many' }
        const [created] = await inside
          .insert(sessions)
          .values({
            ...session,
            idempotencyKey: session.request.idempotencyKey,
            state: { kind: 'requested' },
            revision: 0,
          })
          .returning()
        if (created === undefined) throw new Error('an insert returned no row')
        return { kind: 'created', session: stored(created) }
      })
    },

    async find(id) {
      const [row] = await database.select().from(sessions).where(eq(sessions.id, id))
      return row === undefined ? null : stored(row)
    },

    async open(guestId) {
      const own = guestId === undefined ? undefined : eq(sessions.guestId, guestId)
      const rows = await database
        .select()
        .from(sessions)
        .where(and(eq(sessions.ended, false), own))
        .orderBy(asc(sessions.createdAtMs), asc(sessions.id))
      return rows.map(stored)
    },

    advance({ sessionId, revision, state, nodeSeq, event, source, atMs }) {
      return database.transaction(async (inside) => {
        const moved = await inside
          .update(sessions)
          .set({
            state,
            revision,
            ended: state.kind === 'ended',
            nodeSeq: sql`greatest(${sessions.nodeSeq}, ${nodeSeq}::double precision)`,
          })
          .where(and(eq(sessions.id, sessionId), eq(sessions.revision, revision - 1)))
          .returning({ id: sessions.id })
        if (moved.length === 0) return false
        await inside.insert(sessionEvents).values({ sessionId, seq: revision, source, event, atMs })
        return true
      })
    },

    async hear(sessionId, nodeSeq) {
      await database
        .update(sessions)
        .set({ nodeSeq })
        .where(and(eq(sessions.id, sessionId), lt(sessions.nodeSeq, nodeSeq)))
    },

    async putPlacement(sessionId, placement) {
      await database.update(sessions).set({ placement }).where(eq(sessions.id, sessionId))
    },

    async events(sessionId) {
      return database
        .select({
          seq: sessionEvents.seq,
          source: sessionEvents.source,
          event: sessionEvents.event,
          atMs: sessionEvents.atMs,
        })
        .from(sessionEvents)
        .where(eq(sessionEvents.sessionId, sessionId))
        .orderBy(asc(sessionEvents.seq))
    },
  }
}
