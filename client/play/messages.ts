import { type WireError, wireError } from '../../config/errors.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import { errorMessage, type MessagePanel, toLibrary } from './panels.ts'

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

/** Ends that are nobody's fault. */
const calmReasons: ReadonlySet<string> = new Set([
  'player-ended',
  'game-exited',
  'idle-timeout',
  'grace-expired',
  'queue-left',
  'hold-expired',
])

export function endMessage(end: NonNullable<SessionView['end']>, onAgain: () => void): MessagePanel {
  const calm = calmReasons.has(end.reason)
  return {
    icon: calm ? 'pad' : 'alert',
    title: end.what,
    text: end.next,
    detail: end.detail,
    actions: [
      calm
        ? { label: 'Play again', icon: 'play', kind: 'go', to: onAgain }
        : { label: 'Try again', icon: 'retry', kind: 'go', to: onAgain },
      toLibrary,
    ],
  }
}
