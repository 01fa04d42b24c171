import type { CheckNews } from '../../config/protocol/check.ts'
import type { NodeSession, NodeStatus } from '../../config/protocol/nodeSocket.ts'
import type { SessionEvent } from '../../config/protocol/session.ts'
import type { FleetListener } from '../fleet/fleet.ts'
import type { StoredSession } from '../store/store.ts'
import type { SessionContext } from './context.ts'
import type { Distances } from './distances.ts'
import type { Keeper } from './keeper.ts'
import { type LiveSession, nodeOf } from './live.ts'
import type { Losing } from './losing.ts'
import { reconcile } from './reconcile.ts'
import type { Serving } from './serving.ts'
import type { Starter } from './starter.ts'

/** What nodes say of sessions, held against what the store says. */
export function createNodeSide(
  context: SessionContext,
  keeper: Keeper,
  parts: {
    losing: Losing
    serving: Serving
    starter: Starter
    distances: Distances
    onCheck(session: StoredSession, found: CheckNews): void
  },
): FleetListener {
  const { fleet, count, log } = context
  const { losing, serving, starter, distances } = parts

  async function compare(
    live: LiveSession,
    nodeId: string,
    reported: NodeSession | null,
    first: boolean,
  ): Promise<void> {
    const verdict = await live.run(async () => {
      const found = reconcile(live.row, nodeId, reported, first, live.namedByNode)
      if (nodeOf(live) === nodeId) live.namedByNode = isNamed(live, reported) || (live.namedByNode && !first)
      if (found.kind === 'catch-up') {
        for (const event of found.events) await keeper.advance(live, event, found.seq)
        await keeper.hear(live, found.seq)
        fleet.send(nodeId, { kind: 'seen', sessionId: live.row.id, seq: found.seq })
      }
      return found
    })
    if (verdict.kind === 'end') await keeper.end(live, verdict.reason, verdict.detail)
    else if (verdict.kind === 'lost') await losing.lose(live, nodeId, verdict.detail)
    else if (verdict.kind === 'start-again') await starter.start(live)
    else if (isNamed(live, reported) && nodeOf(live) === nodeId) {
      live.startSent = true
      live.forNode.release((signal) => fleet.send(nodeId, { kind: 'signal', sessionId: live.row.id, signal }))
    }
  }

  /** A node has a session that is over for us, or that we have never heard of, or that has moved on. */
  function dismiss(nodeId: string, { sessionId, leaseId, state, eventSeq }: NodeSession): void {
    if (state.kind === 'ended') fleet.send(nodeId, { kind: 'seen', sessionId, seq: eventSeq })
    else fleet.send(nodeId, { kind: 'end', sessionId, leaseId, reason: 'internal' })
  }

  function onStatus(nodeId: string, status: NodeStatus, first: boolean): void {
    const reported = new Map(status.sessions.map((session) => [session.sessionId, session]))
    for (const session of reported.values()) {
      const live = keeper.find(session.sessionId)
      if (live === null || nodeOf(live) !== nodeId) dismiss(nodeId, session)
    }
    serving.soon()
    const stoodBy: string[] = []
    for (const live of keeper.on(nodeId)) {
      const { state } = live.row
      if (!('fence' in state)) continue
      if (reported.get(live.row.id)?.leaseId === state.leaseId) stoodBy.push(state.leaseId)
      const session = reported.get(live.row.id) ?? null
      if (session?.leaseId === state.leaseId && session.distance !== undefined)
        distances.hear(live, nodeId, session.distance)
      void keeper.background(live, () => compare(live, nodeId, session, first))
    }
    if (stoodBy.length > 0) fleet.send(nodeId, { kind: 'renew', leaseIds: stoodBy, statusSeq: status.seq })
  }

  return {
    onStatus,
    onSessionEvent(nodeId, { sessionId, fence, seq, event }) {
      const live = keeper.find(sessionId)
      const seen = (): void => void fleet.send(nodeId, { kind: 'seen', sessionId, seq })
      if (live === null) {
        count.staleEvent()
        seen()
        return
      }
      void keeper.background(live, () =>
        live.run(async () => {
          const { state, nodeSeq } = live.row
          const isCurrent = 'fence' in state && state.nodeId === nodeId && state.fence === fence
          if (!isCurrent || seq <= nodeSeq || !nodeMaySay(event)) {
            count.staleEvent()
            log.debug({ session: sessionId, node: nodeId, seq, fence, event: event.kind }, 'stale event')
          } else {
            live.namedByNode = true
            await keeper.advance(live, event, seq)
          }
          seen()
        }),
      )
    },
    onSignal(nodeId, { sessionId, signal }) {
      const live = keeper.find(sessionId)
      if (live !== null && nodeOf(live) === nodeId) keeper.signalPlayer(live, signal)
      else count.droppedSignal()
    },
    onCheck(nodeId, message) {
      const live = keeper.find(message.sessionId)
      if (live !== null && nodeOf(live) === nodeId && live.row.build?.channel === 'check')
        parts.onCheck(live.row, newsOf(message))
    },
    onLost(nodeId) {
      for (const live of keeper.on(nodeId))
        void keeper.background(live, () => losing.lose(live, nodeId, null))
    },
  }
}

function newsOf(message: Parameters<FleetListener['onCheck']>[1]): CheckNews {
  if (message.kind === 'check') return { part: 'play', measures: message.measures }
  if (message.kind === 'check-return') return { part: 'return', found: message.found }
  return { part: 'clip', clip: message }
}

/** Its node has this very lease: of one that the session had there before, it may name the end for a while. */
const isNamed = ({ row: { state } }: LiveSession, reported: NodeSession | null): boolean =>
  'fence' in state && reported?.leaseId === state.leaseId

/** Seats are given by the router; the rest of a session's life is told by its node. */
const nodeMaySay = ({ kind }: SessionEvent): boolean =>
  kind === 'start' || kind === 'ready' || kind === 'play' || kind === 'suspend' || kind === 'end'
