import { type WireError, wireError } from '../../config/errors.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import { type Action, errorMessage, type MessagePanel, toLibrary } from './panels.ts'

/** The same session plays in another window. */
export function takenMessage(onTakeBack: () => void): MessagePanel {
  const { what, next } = wireError('session-taken')
  return {
    icon: 'pointer',
    title: what,
    text: next,
    actions: [{ label: 'Take it back', icon: 'play', kind: 'go', to: onTakeBack }, toLibrary],
  }
}

export const failedMessage = (error: WireError, onAgain: () => void): MessagePanel =>
  errorMessage(error, [{ label: 'Try again', icon: 'retry', kind: 'go', to: onAgain }, toLibrary])

const toParty = (code: string): Action => ({
  label: 'Back to your party',
  icon: 'friends',
  kind: 'go',
  to: `/party/${code}`,
})

/** Ends that are nobody's fault. */
const calmReasons: ReadonlySet<string> = new Set([
  'player-ended',
  'game-exited',
  'idle-timeout',
  'grace-expired',
  'queue-left',
  'hold-expired',
])

/** @param party code of the party that the session was of: its players go back there */
export function endMessage(
  end: NonNullable<SessionView['end']>,
  onAgain: () => void,
  party: string | null,
): MessagePanel {
  const calm = calmReasons.has(end.reason)
  const kind = party === null ? 'go' : 'plain'
  return {
    icon: calm ? 'pad' : 'alert',
    title: end.what,
    text: end.next,
    detail: end.detail,
    actions: [
      ...(party === null ? [] : [toParty(party)]),
      calm
        ? { label: 'Play again', icon: 'play', kind, to: onAgain }
        : { label: 'Try again', icon: 'retry', kind, to: onAgain },
      toLibrary,
    ],
  }
}
