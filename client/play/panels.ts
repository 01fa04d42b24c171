import type { WireError } from '../../config/errors.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import { controlsList } from '../ui/controls.ts'
import { hasVirtualPad } from '../player/input/virtualPad.ts'
import { partyAddress } from '../party/address.ts'
import { shareButton } from './share.ts'
import { coverImage } from '../ui/cover.ts'
import { h } from '../ui/dom.ts'
import { type IconName, icon } from '../ui/icons.ts'

export interface Action {
  readonly label: string
  readonly icon?: IconName
  readonly kind?: 'go' | 'bad' | 'plain'
  /** A link where it leads elsewhere, else what to do. */
  readonly to: string | (() => void)
}

export function actionButton({ label, icon: name, kind = 'plain', to }: Action): HTMLElement {
  const looks = `button${kind === 'go' ? ' button-go' : kind === 'bad' ? ' button-bad' : ''}`
  const inside = [name === undefined ? null : icon(name), label]
  return typeof to === 'string'
    ? h('a', { class: looks, href: to }, ...inside)
    : h('button', { class: looks, type: 'button', on: { click: () => to() } }, ...inside)
}

export const toLibrary: Action = { label: 'Back to the library', icon: 'back', to: '/' }

export const backdrop = (title: TitleCard | null): HTMLElement | null =>
  title === null ? null : coverImage(title, 'backdrop')

/** Before the first click or key. @param isTest what is staged, by its private link */
export function posterPanel(
  title: TitleCard,
  existing: SessionView | null,
  isTest: boolean,
  onNew: () => void,
): HTMLElement {
  const touch = matchMedia('(hover: none) and (pointer: coarse)').matches
  const verb = existing === null ? 'play' : 'resume'
  return h(
    'div',
    { class: 'poster' },
    backdrop(title),
    h('a', { class: 'button button-quiet poster-back', href: '/' }, icon('back'), 'Library'),
    h(
      'div',
      { class: 'poster-text' },
      h('h1', {}, title.name),
      isTest && h('p', { class: 'poster-test' }, 'A private test of what is on staging'),
      h('p', { class: 'poster-tagline' }, title.tagline),
      h(
        'button',
        { class: 'poster-start', type: 'button', 'data-role': 'start' },
        h('span', { class: 'poster-disc' }, icon('play')),
        h('span', {}, touch ? `Tap to ${verb}` : `Click or press any key to ${verb}`),
      ),
      existing !== null &&
        h(
          'button',
          { class: 'button', type: 'button', 'data-role': 'start-new', on: { click: onNew } },
          'Start a new game instead',
        ),
      existing === null &&
        !isTest &&
        h(
          'a',
          { class: 'button', href: partyAddress(title.id), 'data-role': 'party' },
          icon('friends'),
          'Play with friends',
        ),
      !isTest && shareButton(title),
      h(
        'div',
        { class: 'poster-controls' },
        touch && hasVirtualPad(title.input)
          ? h('p', {}, 'Buttons for your thumbs appear with the game. A gamepad or keyboard works too.')
          : controlsList(title.controls),
      ),
    ),
  )
}

export interface MessagePanel {
  readonly icon: IconName
  readonly title: string
  readonly text: string
  readonly detail?: string | null
  readonly actions: readonly Action[]
}

/** What happened and what to do: ends, errors, "playing elsewhere". */
export function messagePanel(title: TitleCard | null, message: MessagePanel): HTMLElement {
  return h(
    'div',
    { class: 'message' },
    backdrop(title),
    h(
      'div',
      { class: 'message-card', role: 'alert' },
      icon(message.icon),
      h('h1', {}, message.title),
      h('p', {}, message.text),
      typeof message.detail === 'string' &&
        message.detail !== '' &&
        h('p', { class: 'message-detail figure' }, message.detail),
      h('div', { class: 'message-actions' }, ...message.actions.map(actionButton)),
    ),
  )
}

export const errorMessage = (error: WireError, actions: readonly Action[]): MessagePanel => ({
  icon: 'alert',
  title: error.what,
  text: error.next,
  detail: error.details?.join('; ') ?? null,
  actions,
})
