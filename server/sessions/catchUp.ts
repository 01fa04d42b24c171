import type { SessionEvent, SessionState } from '../../config/protocol/session.ts'

/**
 * The events that lead from what we know of a session to what its node says of it, where the events themselves were lost
 * on the way. Each still has to pass the rule book.
 */
export function eventsTowards(known: SessionState, reported: SessionState): readonly SessionEvent[] {
  const started: readonly SessionEvent[] =
    known.kind === 'reserved' ? [{ kind: 'start', step: 'picture' }] : []
  const made: readonly SessionEvent[] =
    known.kind === 'reserved' || known.kind === 'starting' ? [...started, { kind: 'ready' }] : []
  switch (reported.kind) {
    case 'requested':
    case 'waiting':
    case 'held':
    case 'placed':
    case 'reserved':
      return []
    case 'starting':
      return known.kind === 'reserved' || known.kind === 'starting'
        ? [{ kind: 'start', step: reported.step }]
        : []
    case 'ready':
      return made
    case 'playing':
      return [...made, { kind: 'play', atMs: reported.sinceMs }]
    case 'suspended':
      return [...made, { kind: 'suspend', graceEndsAtMs: reported.graceEndsAtMs }]
    case 'ended': {
      const { reason, detail, endedAtMs } = reported
      return [{ kind: 'end', reason, detail, atMs: endedAtMs }]
    }
    default:
      return reported satisfies never
  }
}
