import type { PublishedTitle } from '../../config/protocol/publishing.ts'
import { copyField } from '../ui/copyField.ts'
import { h } from '../ui/dom.ts'
import { whenText } from '../ui/format.ts'
import { icon } from '../ui/icons.ts'

export interface ChannelActions {
  readonly mayPublish: boolean
  rollBack(): void
  /** A canary has done well. */
  toAll(version: string): void
}

/** What is staged with its link, and what players get. */
export function channelCards(
  { channels, withdrawn }: PublishedTitle,
  actions: ChannelActions,
): HTMLElement[] {
  return [stagingCard(channels.staging), liveCard(channels, withdrawn, actions)]
}

function stagingCard(staging: PublishedTitle['channels']['staging']): HTMLElement {
  if (staging === null)
    return card('Staging', [
      h(
        'p',
        { class: 'hint' },
        'Nothing is staged. Put a version here to try it by a private link before players get it.',
      ),
    ])
  const address = `${location.origin}/test/${staging.testToken}`
  const [input, copy, said] = copyField('test-link', address, 'link')
  return card('Staging', [
    h('p', { class: 'channel-version figure' }, staging.version),
    h('label', { class: 'hint', for: 'test-link' }, 'Whoever has this link can play it.'),
    h('div', { class: 'take' }, input, copy),
    h('div', { class: 'form-actions' }, h('a', { class: 'button', href: address }, icon('play'), 'Try it')),
    said,
  ])
}

function liveCard(
  { live, canary }: PublishedTitle['channels'],
  withdrawn: boolean,
  { mayPublish, rollBack, toAll }: ChannelActions,
): HTMLElement {
  if (live === null)
    return card('Live', [
      h(
        'p',
        { class: 'hint' },
        'Players cannot see it yet. They get what passed its check on staging and was promoted.',
      ),
    ])
  const button = (label: string, run: () => void, looks = 'button'): HTMLElement =>
    h('button', { class: looks, type: 'button', on: { click: run } }, label)
  return card('Live', [
    h('p', { class: 'channel-version figure' }, live),
    withdrawn && h('p', { class: 'hint' }, 'Withdrawn: nobody can start it.'),
    canary !== null &&
      h(
        'p',
        { 'data-role': 'canary' },
        `${canary.percent} % of the players get `,
        h('strong', { class: 'figure' }, canary.version),
        ` since ${whenText(canary.sinceMs)}. It is taken back by itself when it crashes or fails to start more often.`,
      ),
    mayPublish &&
      h(
        'div',
        { class: 'form-actions' },
        canary !== null &&
          button(`Give ${canary.version} to all`, () => toAll(canary.version), 'button button-go'),
        button(canary === null ? 'Go back to the version before' : `Take ${canary.version} back`, rollBack),
      ),
  ])
}

const card = (name: string, children: readonly (Node | false)[]): HTMLElement =>
  h(
    'section',
    { class: 'card-box', 'aria-labelledby': `channel-${name}` },
    h('h2', { id: `channel-${name}` }, name),
    ...children,
  )
