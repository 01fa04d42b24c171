import type { SessionContext } from './context.ts'
import type { LiveSession } from './live.ts'
import { versionOf } from './versionOf.ts'

/** Orders nodes to start what they hold seats for. */
export interface Starter {
  /** Repeating it changes nothing at the node. */
  start(live: LiveSession): Promise<void>
}

export function createStarter({ fleet, tickets, settings }: SessionContext): Starter {
  return {
    start: (live) =>
      live.run(async () => {
        const { state, id, titleId, build, guestId, request, nodeSeq } = live.row
        if (state.kind !== 'reserved') return
        const ticket = await tickets.issue({ guestId, sessionId: id, nodeId: state.nodeId })
        const { leaseId, fence, nodeId } = state
        const { graceMs, idleMs, idleWarningMs } = settings
        const sent = fleet.send(nodeId, {
          kind: 'start',
          sessionId: id,
          leaseId,
          fence,
          titleId,
          ...versionOf(build),
          ...(build?.channel === 'check' ? { check: live.checkPart } : {}),
          guestId,
          ticket,
          stream: request.stream,
          graceMs,
          idleMs,
          idleWarningMs,
          afterSeq: nodeSeq,
        })
        // Not sent: the node's next first status finds the session missing there and starts it again.
        if (!sent) return
        live.startSent = true
        live.forNode.release((signal) => fleet.send(nodeId, { kind: 'signal', sessionId: id, signal }))
      }),
  }
}
