import { type WireError, wireError } from '../../config/errors.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import type { Ask } from '../ui/dialog.ts'
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

/** @param others how many play in the same session */
export const endQuestion = (others: number): Ask => ({
  title: others === 0 ? 'End this session?' : 'End this game for all of you?',
  text:
    others === 0
      ? 'What the game has not saved is lost. To come back later, close the tab instead: the game waits for you, paused.'
      : 'What the game has not saved is lost. To leave it to the others, close the tab instead: they play on.',
  yes: others === 0 ? 'End session' : 'End it for all',
  no: 'Keep playing',
  danger: true,
})

export const leaveQuestion: Ask = {
  title: 'Leave this game?',
  text: 'The others play on. You can come back for as long as they do.',
  yes: 'Leave',
  no: 'Keep playing',
}
