import type { SessionView, WaitView } from '../../config/protocol/api.ts'
import { endTexts, type SessionState } from '../../config/protocol/session.ts'
import type { StoredSession } from '../store/store.ts'
import { againOf, noPast, type SeatPast } from './again.ts'

/** What only memory knows of a session. */
interface Live {
  readonly past: SeatPast
  readonly wait: WaitView | null
}

/** A session as its player sees it. */
export function toView(
  session: StoredSession,
  titleName: string,
  graceMs: number,
  { past, wait }: Live = { past: noPast, wait: null },
): SessionView {
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
    wait,
    again: againOf(past, state),
    end: state.kind === 'ended' ? endOf(state) : null,
  }
}

const endOf = ({ reason, detail }: Extract<SessionState, { kind: 'ended' }>): SessionView['end'] => ({
  reason,
  ...endTexts[reason],
  detail,
})
