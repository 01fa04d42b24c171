import { and, eq, or, sql } from 'drizzle-orm'
import type { PlacementReport } from '../../config/protocol/placement.ts'
import { asTable } from './asTable.ts'
import { type Database, idsIn } from './database.ts'
import { packedPlacement } from './packedPlacement.ts'
import { sessions } from './schema.ts'
import { storedSession } from './storedSession.ts'
import type { Creation, NewSession, SessionStep, StoredSession } from './store.ts'

export interface CreateAsk {
  readonly session: NewSession
  readonly maxOpen: number
}
export interface PlacementAsk {
  readonly sessionId: string
  readonly placement: PlacementReport
}

/** @param asks of different guests */
export async function createAll(
  database: Database,
  asks: readonly CreateAsk[],
): Promise<readonly Creation[]> {
  const wishes = asks.map(({ session: { build, ...session }, maxOpen }) => ({
    ...session,
    ...build,
    request: JSON.stringify(session.request),
    key: session.request.idempotencyKey,
    maxOpen,
  }))
  const created = idsIn(
    await database.execute(sql`select create_sessions(${JSON.stringify(wishes)}::jsonb) as id`),
  )
  const repeated = await findRepeated(
    database,
    asks.map(({ session }) => session).filter(({ id }) => !created.has(id)),
  )
  return asks.map(({ session }): Creation => {
    if (created.has(session.id))
      return {
        kind: 'created',
        session: { ...session, state: { kind: 'requested' }, revision: 0, nodeSeq: 0, placement: null },
      }
    const before = repeated.get(session.guestId)
    return before === undefined ? { kind: 'too-many' } : { kind: 'repeated', session: before }
  })
}

/** By guest, the session that has used the key of the given one before. */
async function findRepeated(
  database: Database,
  others: readonly NewSession[],
): Promise<ReadonlyMap<string, StoredSession>> {
  if (others.length === 0) return new Map()
  const rows = await database
    .select()
    .from(sessions)
    .where(
      or(
        ...others.map(({ guestId, request }) =>
          and(eq(sessions.guestId, guestId), eq(sessions.idempotencyKey, request.idempotencyKey)),
        ),
      ),
    )
  return new Map(rows.map((row) => [row.guestId, storedSession(row)]))
}

/** @param steps of different sessions */
export async function advanceAll(
  database: Database,
  steps: readonly SessionStep[],
): Promise<readonly boolean[]> {
  const rows = steps.map(({ placement, ...step }) => ({
    ...step,
    ended: step.state.kind === 'ended',
    ...(placement === undefined ? {} : { placement: packedPlacement.stringify(placement) }),
  }))
  const moved = idsIn(
    await database.execute(sql`select advance_sessions(${JSON.stringify(rows)}::jsonb) as id`),
  )
  return steps.map(({ sessionId }) => moved.has(sessionId))
}

/** @param asks of different sessions */
export async function placeAll(database: Database, asks: readonly PlacementAsk[]): Promise<readonly void[]> {
  const rows = asks.map(({ sessionId, placement }) => ({
    sessionId,
    placement: packedPlacement.stringify(placement),
  }))
  await database
    .update(sessions)
    .set({ placement: sql`given.placement` })
    .from(asTable(rows, '"sessionId" text, placement text'))
    .where(sql`${sessions.id} = given."sessionId"`)
  return asks.map(() => undefined)
}
