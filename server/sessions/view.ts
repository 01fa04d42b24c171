import type { SessionView } from '../../config/protocol/api.ts'
import { endTexts, type SessionState } from '../../config/protocol/session.ts'
import type { StoredSession } from '../store/store.ts'

/** A session as its player sees it. */
export function toView(session: StoredSession, titleName: string, graceMs: number): SessionView {
  const { id, titleId, createdAtMs, state, revision, placement } = session
  const chosen = placement?.candidates.find(({ nodeId }) => nodeId === placement.chosenNodeId)
  return {
    id,
    titleId,
    titleName,
    createdAtMs,
    state,
    siteName: chosen?.siteName ?? null,
    graceMs,
    revision,
    wait: null,
    again: null,
    end: state.kind === 'ended' ? endOf(state) : null,
  }
}

const endOf = ({ reason, detail }: Extract<SessionState, { kind: 'ended' }>): SessionView['end'] => ({
  reason,
  ...endTexts[reason],
  detail,
})
