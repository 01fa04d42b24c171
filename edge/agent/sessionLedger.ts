import type { NodeSession } from '../../config/protocol/nodeSocket.ts'
import { transition, type SessionEvent, type SessionState } from '../../config/protocol/session.ts'

/**
 * What this node owes the router about its sessions: each one's state and its numbered events, kept until the router has
 * `seen` them. A router that restarts, or misses messages, gets the rest again with the next contact.
 */
export interface NumberedEvent {
  readonly seq: number
  readonly event: SessionEvent
}

export interface SessionRecord {
  readonly sessionId: string
  readonly leaseId: string
  readonly fence: number
  readonly titleId: string
  readonly state: SessionState
  readonly lastSeq: number
  readonly unseen: readonly NumberedEvent[]
}

export type SessionLedger = ReadonlyMap<string, SessionRecord>

export const emptyLedger: SessionLedger = new Map()

const put = (ledger: SessionLedger, record: SessionRecord): SessionLedger =>
  new Map(ledger).set(record.sessionId, record)

export function openSession(
  ledger: SessionLedger,
  session: {
    readonly sessionId: string
    readonly leaseId: string
    readonly fence: number
    readonly titleId: string
    readonly nodeId: string
    /** Its events are numbered from the next on. */
    readonly afterSeq: number
  },
): SessionLedger {
  const { nodeId, afterSeq, ...rest } = session
  const state: SessionState = {
    kind: 'reserved',
    nodeId,
    leaseId: session.leaseId,
    fence: session.fence,
  }
  return put(ledger, { ...rest, state, lastSeq: afterSeq, unseen: [] })
}

/** Numbers an event, or returns null for one that the rule book refuses in this state (late or repeated). */
export function recordEvent(
  ledger: SessionLedger,
  sessionId: string,
  event: SessionEvent,
): {
  readonly ledger: SessionLedger
  readonly record: SessionRecord
  readonly numbered: NumberedEvent
} | null {
  const before = ledger.get(sessionId)
  if (before === undefined) return null
  const next = transition(before.state, event)
  if (!next.ok) return null
  const numbered = { seq: before.lastSeq + 1, event }
  const record = {
    ...before,
    state: next.state,
    lastSeq: numbered.seq,
    unseen: [...before.unseen, numbered],
  }
  return { ledger: put(ledger, record), record, numbered }
}

/** The router has everything up to `seq`; an ended session that it knows to the end is forgotten. */
export function markSeen(ledger: SessionLedger, sessionId: string, seq: number): SessionLedger {
  const record = ledger.get(sessionId)
  if (record === undefined) return ledger
  const unseen = record.unseen.filter((numbered) => numbered.seq > seq)
  if (record.state.kind === 'ended' && unseen.length === 0) {
    const rest = new Map(ledger)
    rest.delete(sessionId)
    return rest
  }
  return unseen.length === record.unseen.length ? ledger : put(ledger, { ...record, unseen })
}

/**
 * Bounds what a router that never answers can make us keep: the oldest ended sessions go first.
 */
export function forgetBeyond(ledger: SessionLedger, keepEnded: number): SessionLedger {
  const ended = [...ledger.values()].filter((record) => record.state.kind === 'ended')
  if (ended.length <= keepEnded) return ledger
  const rest = new Map(ledger)
  for (const record of ended.slice(0, ended.length - keepEnded)) rest.delete(record.sessionId)
  return rest
}

export const toNodeSession = (record: SessionRecord): NodeSession => ({
  sessionId: record.sessionId,
  leaseId: record.leaseId,
  fence: record.fence,
  titleId: record.titleId,
  state: record.state,
  eventSeq: record.lastSeq,
})
