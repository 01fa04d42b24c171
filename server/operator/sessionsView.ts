import type { OperatorSession, OperatorSessions } from '../../config/protocol/operator.ts'
import type { StoredSession } from '../store/store.ts'

const most = 200

/** Pure: the sessions that have not ended, newest first, and why each is where it is. */
export function sessionsView(
  sessions: readonly StoredSession[],
  titleName: (session: StoredSession) => string | null,
  atMs: number,
): OperatorSessions {
  const newest = [...sessions].sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1))
  return {
    atMs,
    sessions: newest.slice(0, most).map((session) => ({
      sessionId: session.id,
      titleName: titleName(session) ?? session.titleId,
      state: session.state.kind,
      createdAtMs: session.createdAtMs,
      inWords: session.placement?.inWords ?? null,
      ...whereOf(session),
    })),
    leftOut: Math.max(0, sessions.length - most),
  }
}

function whereOf({ state, placement }: StoredSession): Pick<OperatorSession, 'siteName' | 'rttMs'> {
  const nodeId = 'nodeId' in state ? state.nodeId : null
  const seat = placement?.candidates.find((candidate) => candidate.nodeId === nodeId)
  return { siteName: seat?.siteName ?? null, rttMs: seat?.rttMs ?? null }
}
