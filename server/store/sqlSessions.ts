import { and, asc, eq, lt } from 'drizzle-orm'
import type { Database } from './database.ts'
import { groupCommit } from './groupCommit.ts'
import { sessionEvents, sessions } from './schema.ts'
import { advanceAll, type CreateAsk, createAll, type PlacementAsk, placeAll } from './sessionWrites.ts'
import { sqlSeatings } from './sqlSeatings.ts'
import { storedSession } from './storedSession.ts'
import type { SessionStep, SessionStore } from './store.ts'

export function sqlSessions(database: Database): SessionStore {
  const create = groupCommit(
    (asks: readonly CreateAsk[]) => createAll(database, asks),
    ({ session }) => session.guestId,
  )
  const advance = groupCommit(
    (steps: readonly SessionStep[]) => advanceAll(database, steps),
    ({ sessionId }) => sessionId,
  )
  const place = groupCommit(
    (asks: readonly PlacementAsk[]) => placeAll(database, asks),
    ({ sessionId }) => sessionId,
  )

  return {
    create: (session, maxOpen) => create({ session, maxOpen }),

    async find(id) {
      const [row] = await database.select().from(sessions).where(eq(sessions.id, id))
      return row === undefined ? null : storedSession(row)
    },

    async open(guestId) {
      const own = guestId === undefined ? undefined : eq(sessions.guestId, guestId)
      const rows = await database
        .select()
        .from(sessions)
        .where(and(eq(sessions.ended, false), own))
        .orderBy(asc(sessions.createdAtMs), asc(sessions.id))
      return rows.map(storedSession)
    },

    advance,

    async hear(sessionId, nodeSeq) {
      await database
        .update(sessions)
        .set({ nodeSeq })
        .where(and(eq(sessions.id, sessionId), lt(sessions.nodeSeq, nodeSeq)))
    },

    putPlacement: (sessionId, placement) => place({ sessionId, placement }),

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

    ...sqlSeatings(database),
  }
}
