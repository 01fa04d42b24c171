import type { SessionView } from '../../config/protocol/api.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import { coverImage } from '../ui/cover.ts'
import { h, setText } from '../ui/dom.ts'
import { clockText } from '../ui/format.ts'
import { icon } from '../ui/icons.ts'

/** Time that a suspended session still waits, ms; the clocks of both ends may differ, so never more than its whole grace. */
export function graceLeftMs(session: SessionView, nowMs: number): number | null {
  if (session.state.kind !== 'suspended') return null
  return Math.min(session.graceMs, Math.max(0, session.state.graceEndsAtMs - nowMs))
}

export function stateText(session: SessionView, nowMs: number): string {
  switch (session.state.kind) {
    case 'suspended':
      return `Paused, waits ${clockText(graceLeftMs(session, nowMs) ?? 0)} more`
    case 'playing':
      return 'Playing in another window'
    case 'ready':
      return 'Ready to play'
    case 'waiting':
      return session.wait?.position === null || session.wait === null
        ? 'Waiting for a seat'
        : `Number ${session.wait.position} in line`
    case 'held':
      return 'A seat is held for you now'
    case 'ended':
      return 'Ended'
    default:
      return 'Starting'
  }
}

/** What pressing its first button does. */
function verbOf({ state: { kind } }: SessionView): string {
  if (kind === 'held') return 'Take the seat'
  return kind === 'waiting' ? 'Back to the line' : 'Resume'
}

export const playAddress = (session: SessionView): string =>
  `/play/${encodeURIComponent(session.titleId)}?session=${encodeURIComponent(session.id)}`

/** One session of the guest; `tick` brings its countdown up to date without building it anew. */
export function sessionCard(
  session: SessionView,
  title: TitleCard | undefined,
  onEnd: () => void,
): { element: HTMLElement; tick(nowMs: number): void } {
  const text = h('p', { class: 'figure' })
  const bar = h('span', { class: 'grace-bar' })
  const element = h(
    'li',
    { class: 'session', 'data-session': session.id },
    title && coverImage(title, 'session-cover', { width: 160, height: 90 }, '7.1rem'),
    h('div', { class: 'session-text' }, h('h3', {}, session.titleName), text),
    h(
      'div',
      { class: 'session-actions' },
      h('a', { class: 'button button-go', href: playAddress(session) }, icon('play'), verbOf(session)),
      h(
        'button',
        {
          class: 'button button-quiet',
          type: 'button',
          'aria-label': `End ${session.titleName}`,
          on: { click: onEnd },
        },
        'End',
      ),
    ),
    session.state.kind === 'suspended' && h('span', { class: 'grace', 'aria-hidden': 'true' }, bar),
  )
  const tick = (nowMs: number): void => {
    setText(text, stateText(session, nowMs))
    const left = graceLeftMs(session, nowMs)
    if (left !== null && session.graceMs > 0) bar.style.transform = `scaleX(${left / session.graceMs})`
  }
  return { element, tick }
}
