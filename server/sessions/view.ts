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

/**
 * The same as one of several players sees it: whoever owns the session decides about it.
 * @param player their number
 */
export function seenBy(view: SessionView, player: number, players: number): SessionView {
  if (players === 1) return view
  const together = { you: player, players }
  if (player === 1) return { ...view, together }
  const { wait, end } = view
  return {
    ...view,
    together,
    wait: wait === null ? null : { ...wait, offers: [], hold: null },
    end: end?.reason === 'player-ended' ? { ...end, ...endedForAll } : end,
  }
}

const endedForAll = {
  what: 'Whoever began this game ended it for all of you.',
  next: 'Begin another one together, or play on your own.',
} as const

const endOf = ({ reason, detail }: Extract<SessionState, { kind: 'ended' }>): SessionView['end'] => ({
  reason,
  ...endTexts[reason],
  detail,
})
