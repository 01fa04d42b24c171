import { randomUUID } from 'node:crypto'
import type { CreateSession, SessionView } from '../../config/protocol/api.ts'
import { NearcadeError } from '../../config/errors.ts'
import type { PlacementReport } from '../../config/protocol/placement.ts'
import type { SessionState } from '../../config/protocol/session.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import type { StoredSession } from '../store/store.ts'
import type { SessionContext } from './context.ts'
import { createKeeper } from './keeper.ts'
import { type Follower, nodeOf } from './live.ts'
import { createNodeSide } from './nodeSide.ts'
import { createPlacing } from './placing.ts'
import { toView } from './view.ts'

/** Sessions as players see them. Every failure is a NearcadeError. */
export interface Sessions {
  /** @param ip where the player comes from, for a guess of the place */
  create(
    guestId: string,
    request: CreateSession,
    ip: string,
  ): Promise<{ view: SessionView; created: boolean }>
  view(guestId: string, sessionId: string): Promise<SessionView>
  placement(guestId: string, sessionId: string): Promise<PlacementReport>
  /** Ends it as the player's wish; one that has ended stays as it is. */
  end(guestId: string, sessionId: string): Promise<SessionView>
  openOf(guestId: string): Promise<readonly SessionView[]>
  /** Shows a session's present view and follows it from there; the returned function stops that. Null: it has ended. */
  follow(guestId: string, sessionId: string, follower: Follower): Promise<(() => void) | null>
  signal(guestId: string, sessionId: string, signal: Signal): Promise<void>
  /** Those that have not ended, as they are in memory. */
  all(): readonly StoredSession[]
  countByState(): Readonly<Record<Exclude<SessionState['kind'], 'ended'>, number>>
  /** From now on nothing new is decided: what is live stays so in the store and on its node. */
  stop(): void
  /** Stops, and waits for what is in work. */
  close(): Promise<void>
}

/** How long a create waits for its placement, so that its answer usually says where the game will run. */
const answerWithinMs = 1000

/** Takes over what the store holds open, then serves. */
export async function openSessions(context: SessionContext): Promise<Sessions> {
  const { store, catalogue, clock, fleet, settings } = context
  const keeper = createKeeper(context)
  const placing = createPlacing(context, keeper)
  fleet.listen(createNodeSide(context, keeper, placing))

  for (const row of await store.sessions.open()) {
    const live = keeper.adopt(row)
    const nodeId = nodeOf(live)
    if (nodeId === null) void keeper.background(live, () => placing.place(live, null))
    else {
      live.startSent = row.state.kind !== 'reserved'
      fleet.expect(nodeId)
    }
  }

  const viewOf = (row: StoredSession): SessionView =>
    toView(row, catalogue.find(row.titleId)?.name ?? row.titleId, settings.graceMs)

  /** @throws NearcadeError session-not-found, not-yours */
  async function own(guestId: string, sessionId: string): Promise<StoredSession> {
    const row = keeper.find(sessionId)?.row ?? (await store.sessions.find(sessionId))
    if (row === null) throw new NearcadeError('session-not-found')
    if (row.guestId !== guestId) throw new NearcadeError('not-yours')
    return row
  }

  return {
    async create(guestId, request, ip) {
      if (catalogue.find(request.titleId) === null) throw new NearcadeError('title-not-found')
      const nowMs = clock.now()
      await store.guests.seen(guestId, nowMs)
      const creation = await store.sessions.create(
        { id: randomUUID(), guestId, titleId: request.titleId, request, createdAtMs: nowMs },
        settings.sessionsPerGuest,
      )
      if (creation.kind === 'too-many') throw new NearcadeError('too-many-sessions')
      if (creation.kind === 'repeated') {
        const { session } = creation
        return { view: viewOf(keeper.find(session.id)?.row ?? session), created: false }
      }
      const live = keeper.adopt(creation.session)
      await Promise.race([
        keeper.background(live, () => placing.place(live, ip)),
        keeper.pause(answerWithinMs),
      ])
      return { view: viewOf(live.row), created: true }
    },
    async view(guestId, sessionId) {
      return viewOf(await own(guestId, sessionId))
    },
    async placement(guestId, sessionId) {
      const { placement } = await own(guestId, sessionId)
      if (placement === null) throw new NearcadeError('not-found', ['the session has not been placed yet'])
      return placement
    },
    async end(guestId, sessionId) {
      const row = await own(guestId, sessionId)
      const live = keeper.find(sessionId)
      if (live === null) return viewOf(row)
      await keeper.end(live, 'player-ended', null)
      return viewOf(live.row)
    },
    async openOf(guestId) {
      return (await store.sessions.open(guestId)).map(viewOf)
    },
    async follow(guestId, sessionId, follower) {
      const row = await own(guestId, sessionId)
      const live = keeper.find(sessionId)
      if (live === null) {
        follower.onView(viewOf((await store.sessions.find(sessionId)) ?? row))
        return null
      }
      live.followers.add(follower)
      follower.onView(viewOf(live.row))
      live.forPlayer.release((signal) => follower.onSignal(signal))
      return () => live.followers.delete(follower)
    },
    async signal(guestId, sessionId, signal) {
      await own(guestId, sessionId)
      const live = keeper.find(sessionId)
      if (live === null) throw new NearcadeError('session-ended')
      keeper.signalNode(live, signal)
    },
    all: () => keeper.all().map(({ row }) => row),
    countByState: keeper.countByState,
    stop: keeper.stop,
    close: keeper.close,
  }
}
