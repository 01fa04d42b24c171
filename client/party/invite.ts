import { h, setText } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'

const saidForMs = 2_500

/** The party's link, to copy or, where the device can, to hand to another app. */
export function invitePanel(address: string, titleName: string): HTMLElement {
  const input = h('input', {
    id: 'invite-link',
    class: 'figure',
    type: 'text',
    readonly: true,
    value: address,
    on: { focus: () => input.select() },
  })
  const label = h('span', {}, 'Copy link')
  const said = h('p', { class: 'visually-hidden', role: 'status' })
  let cancel: ReturnType<typeof setTimeout> | undefined

  async function copy(): Promise<void> {
    const isCopied = await copyText(address, input)
    clearTimeout(cancel)
    setText(label, isCopied ? 'Copied' : 'Press Ctrl+C')
    setText(said, isCopied ? 'The link is copied.' : 'The link is selected: press Ctrl and C.')
    cancel = setTimeout(() => {
      setText(label, 'Copy link')
      setText(said, '')
    }, saidForMs)
  }
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
      h(
        'button',
        { class: 'button', type: 'button', 'data-role': 'copy', on: { click: () => void copy() } },
        icon('paste'),
        label,
      ),
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

/** Without HTTPS there is no clipboard to write to; the link is selected then. */
async function copyText(text: string, input: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    input.select()
    return false
  }
}
