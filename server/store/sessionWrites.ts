import { asc, eq, inArray, or, and, sql } from 'drizzle-orm'
import type { PlacementReport } from '../../config/protocol/placement.ts'
import { asTable } from './asTable.ts'
import type { Database } from './database.ts'
import { guests, sessionEvents, sessions } from './schema.ts'
import { storedSession } from './storedSession.ts'
import type { Creation, NewSession, SessionStep } from './store.ts'

export interface CreateAsk {
  readonly session: NewSession
  readonly maxOpen: number
}
export interface PlacementAsk {
  readonly sessionId: string
  readonly placement: PlacementReport
}

/** @param asks of different guests */
export function createAll(database: Database, asks: readonly CreateAsk[]): Promise<readonly Creation[]> {
  const rows = asks.map(({ session, maxOpen }) => ({
    ...session,
    key: session.request.idempotencyKey,
    max_open: maxOpen,
  }))
  return database.transaction(async (inside) => {
    // Guests' rows are the locks that put simultaneous calls in line; in one order, so that two routers never wait for each other.
    const guestIds = rows.map(({ guestId }) => guestId)
    await inside
      .select({ id: guests.id })
      .from(guests)
      .where(inArray(guests.id, guestIds))
      .orderBy(asc(guests.id))
      .for('update')
    const own = sql`sessions.guest_id = given."guestId"`
    const created = await inside
      .insert(sessions)
      .select(
        sql`select id, "guestId", "titleId", key, request, '{"kind":"requested"}'::jsonb, false, 0, 0, null::jsonb, "createdAtMs"
        from ${asTable(rows, 'id text, "guestId" text, "titleId" text, key text, request jsonb, "createdAtMs" double precision, max_open integer')}
        where not exists (select from sessions where ${own} and sessions.idempotency_key = given.key)
        and max_open > (select count(*) from sessions where ${own} and not sessions.ended)`,
      )
      .returning({ id: sessions.id })
    const ids = new Set(created.map(({ id }) => id))
    const others = asks.filter(({ session }) => !ids.has(session.id))
    const repeated =
      others.length === 0
        ? []
        : await inside
            .select()
            .from(sessions)
            .where(
              or(
                ...others.map(({ session: { guestId, request } }) =>
                  and(eq(sessions.guestId, guestId), eq(sessions.idempotencyKey, request.idempotencyKey)),
                ),
              ),
            )
    const repeatedOf = new Map(repeated.map((row) => [row.guestId, row]))
    return asks.map(({ session }): Creation => {
      if (ids.has(session.id))
        return {
          kind: 'created',
          session: { ...session, state: { kind: 'requested' }, revision: 0, nodeSeq: 0, placement: null },
        }
      const row = repeatedOf.get(session.guestId)
      return row === undefined ? { kind: 'too-many' } : { kind: 'repeated', session: storedSession(row) }
    })
  })
}

/** @param steps of different sessions */
export function advanceAll(database: Database, steps: readonly SessionStep[]): Promise<readonly boolean[]> {
  const rows = steps.map((step) => ({ ...step, ended: step.state.kind === 'ended' }))
  return database.transaction(async (inside) => {
    const moved = await inside
      .update(sessions)
      .set({
        state: sql`given.state`,
        revision: sql`given.revision`,
        ended: sql`given.ended`,
        nodeSeq: sql`greatest(${sessions.nodeSeq}, given."nodeSeq")`,
      })
      .from(
        asTable(
          rows,
          '"sessionId" text, revision integer, state jsonb, ended boolean, "nodeSeq" double precision',
        ),
      )
      .where(sql`${sessions.id} = given."sessionId" and ${sessions.revision} = given.revision - 1`)
      .returning({ id: sessions.id })
    const ids = new Set(moved.map(({ id }) => id))
    const events = steps.flatMap(({ sessionId, revision, source, event, atMs }) =>
      ids.has(sessionId) ? [{ sessionId, revision, source, event, atMs }] : [],
    )
    if (events.length > 0)
      await inside.insert(sessionEvents).select(
        sql`select "sessionId", revision, source, event, "atMs" from ${asTable(
          events,
          '"sessionId" text, revision integer, source text, event jsonb, "atMs" double precision',
        )}`,
      )
    return steps.map(({ sessionId }) => ids.has(sessionId))
  })
}

/** @param asks of different sessions */
export async function placeAll(database: Database, asks: readonly PlacementAsk[]): Promise<readonly void[]> {
  await database
    .update(sessions)
    .set({ placement: sql`given.placement` })
    .from(asTable(asks, '"sessionId" text, placement jsonb'))
    .where(sql`${sessions.id} = given."sessionId"`)
  return asks.map(() => undefined)
}
