import { copyField } from '../ui/copyField.ts'
import { h } from '../ui/dom.ts'

/** The party's link, to copy or, where the device can, to hand to another app. */
export function invitePanel(address: string, titleName: string): HTMLElement {
  const [input, copy, said] = copyField('invite-link', address, 'link')
  const canShare = typeof navigator.share === 'function' && matchMedia('(pointer: coarse)').matches
  return h(
    'section',
    { class: 'invite', 'aria-labelledby': 'invite-title' },
    h('h2', { id: 'invite-title' }, 'Invite'),
    h('label', { for: 'invite-link' }, 'Whoever opens this link can join, 8 players at most.'),
    h(
      'div',
      { class: 'invite-row' },
      input,
      copy,
      canShare &&
        h(
          'button',
          {
            class: 'button',
            type: 'button',
            // Closing the sheet without sharing is no failure.
            on: {
              click: () =>
                void navigator.share({ title: `Play ${titleName} with me`, url: address }).catch(() => {}),
            },
          },
          'Share',
        ),
    ),
    said,
  )
}
