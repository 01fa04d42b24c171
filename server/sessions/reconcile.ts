import type { NodeSession } from '../../config/protocol/nodeSocket.ts'
import type { EndReason, SessionEvent, SessionState } from '../../config/protocol/session.ts'
import { eventsTowards } from './catchUp.ts'

/** What the store holds of a session that is open. */
export interface KnownSession {
  readonly state: SessionState
  readonly nodeSeq: number
}

export type Reconciliation =
  | { readonly kind: 'agree' }
  /** The node is ahead: its events did not reach us. */
  | { readonly kind: 'catch-up'; readonly events: readonly SessionEvent[]; readonly seq: number }
  /** The node never got the order to start. */
  | { readonly kind: 'start-again' }
  /** The node has lost all memory of it. */
  | { readonly kind: 'lost'; readonly detail: string }
  | { readonly kind: 'end'; readonly reason: EndReason; readonly detail: string }

/**
 * Compares a session that we place on a node with what that node says of it.
 * @param reported null when the node does not name it
 * @param first the node's first word on this connection. A node keeps its ended sessions until we have seen their end, so
 *   one that comes back without a session has lost all memory of it.
 * @param wasThere the node has named it on this connection before
 */
export function reconcile(
  known: KnownSession,
  nodeId: string,
  reported: NodeSession | null,
  first: boolean,
  wasThere: boolean,
): Reconciliation {
  const { state } = known
  // A held seat has no session on the node yet; whether the node still knows of the hold turns out when the player takes it.
  if (!('fence' in state) || state.kind === 'held' || state.nodeId !== nodeId) return { kind: 'agree' }
  if (reported !== null && reported.fence === state.fence && reported.leaseId === state.leaseId) {
    if (reported.eventSeq <= known.nodeSeq) return { kind: 'agree' }
    return { kind: 'catch-up', events: eventsTowards(state, reported.state), seq: reported.eventSeq }
  }
  if (first && state.kind === 'reserved') return { kind: 'start-again' }
  if (first) return { kind: 'lost', detail: 'The node came back without this session.' }
  if (wasThere) {
    return { kind: 'end', reason: 'session-crashed', detail: 'The node no longer has this session.' }
  }
  return { kind: 'agree' }
}
