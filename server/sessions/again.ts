import type { SessionView } from '../../config/protocol/api.ts'
import type { SessionEvent, SessionState } from '../../config/protocol/session.ts'
import type { Seating } from '../store/store.ts'

/** What is remembered of a session that has lost a node. */
export interface Again {
  /** How many nodes it has lost. */
  readonly times: number
  readonly atMs: number
  /** Its player had the game before: only then there is something to tell. */
  readonly begun: boolean
  /** The node that was lost last, where the very last of the game's saves are. */
  readonly nodeId: string
  /** What it had saved by then is where any node can get it. */
  readonly saved: boolean
}

/** Since when a session has its seat, and what it went through before. */
export interface SeatPast {
  /** Null without a seat. */
  readonly seatedAtMs: number | null
  /** Null: it has never lost a node. */
  readonly again: Again | null
}

export const noPast: SeatPast = { seatedAtMs: null, again: null }

export function pastAfter(past: SeatPast, event: SessionEvent, atMs: number): SeatPast {
  switch (event.kind) {
    case 'reserve':
    case 'confirm':
      return { ...past, seatedAtMs: atMs }
    case 'refuse':
      return { ...past, seatedAtMs: null }
    case 'lose': {
      const { nodeId } = event
      const times = (past.again?.times ?? 0) + 1
      const begun = event.begun || past.again?.begun === true
      const saved = event.saved === true
      return { seatedAtMs: null, again: { times, atMs: event.atMs, begun, nodeId, saved } }
    }
    case 'place':
    case 'wait':
    case 'hold':
    case 'start':
    case 'ready':
    case 'play':
    case 'suspend':
    case 'end':
      return past
    default:
      return event satisfies never
  }
}

/** The same from the store's log, by session, after a restart. */
export function pastsOf(seatings: readonly Seating[]): ReadonlyMap<string, SeatPast> {
  const pasts = new Map<string, SeatPast>()
  for (const { sessionId, event, atMs } of seatings)
    pasts.set(sessionId, pastAfter(pasts.get(sessionId) ?? noPast, event, atMs))
  return pasts
}

export function againOf({ again }: SeatPast, state: SessionState): SessionView['again'] {
  if (again === null || !again.begun) return null
  const isBack = 'nodeId' in state && state.nodeId === again.nodeId
  return { times: again.times, atMs: again.atMs, saves: isBack || again.saved ? 'kept' : 'left-behind' }
}
