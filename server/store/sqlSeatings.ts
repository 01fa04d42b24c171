import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { sessionEvents, sessions } from './schema.ts'
import type { SessionLength, SessionStore } from './store.ts'

/** What the log of events says of seats: since when, for how long. */
export function sqlSeatings(database: Database): Pick<SessionStore, 'lengths' | 'seatings'> {
  return {
    async lengths(most) {
      const rows = await database
        .select({
          titleId: sql<string>`(select title_id from ${sessions} where id = ended.session_id)`,
          lengthMs: sql<number | null>`ended.at_ms - (
            select max(at_ms) from ${sessionEvents} seated
            where seated.session_id = ended.session_id and seated.event ->> 'kind' in ('reserve', 'confirm'))`,
        })
        .from(
          sql`(select session_id, at_ms from ${sessionEvents} where event ->> 'kind' = 'end' order by at_ms desc limit ${most}) ended`,
        )
      return rows.flatMap(({ titleId, lengthMs }): SessionLength[] =>
        lengthMs === null || lengthMs < 0 ? [] : [{ titleId, lengthMs }],
      )
    },

    async seatings() {
      return database
        .select({
          sessionId: sessionEvents.sessionId,
          event: sessionEvents.event,
          atMs: sessionEvents.atMs,
        })
        .from(sessionEvents)
        .innerJoin(sessions, sql`${sessions.id} = ${sessionEvents.sessionId} and not ${sessions.ended}`)
        .where(sql`${sessionEvents.event} ->> 'kind' in ('reserve', 'confirm', 'refuse', 'lose')`)
        .orderBy(sessionEvents.sessionId, sessionEvents.seq)
    },
  }
}
