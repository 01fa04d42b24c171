import { h, setText } from './dom.ts'
import { icon } from './icons.ts'

const saidForMs = 2_500

/** A text to take along: shown whole, selected by a focus, copied by a button. */
export function copyField(
  id: string,
  text: string,
  thing: 'link' | 'key' | 'command' | 'snippet',
): readonly [HTMLInputElement, HTMLElement, HTMLElement] {
  const input = h('input', {
    id,
    class: 'figure',
    type: 'text',
    readonly: true,
    value: text,
    on: { focus: () => input.select() },
  })
  const offer = `Copy ${thing}`
  const label = h('span', {}, offer)
  const said = h('p', { class: 'visually-hidden', role: 'status' })
  let cancel: ReturnType<typeof setTimeout> | undefined

  async function copy(): Promise<void> {
    const isCopied = await copyText(text, input)
    clearTimeout(cancel)
    setText(label, isCopied ? 'Copied' : 'Press Ctrl+C')
    setText(said, isCopied ? `The ${thing} is copied.` : `The ${thing} is selected: press Ctrl and C.`)
    cancel = setTimeout(() => {
      setText(label, offer)
      setText(said, '')
    }, saidForMs)
  }
  const button = h(
    'button',
    { class: 'button', type: 'button', 'data-role': 'copy', on: { click: () => void copy() } },
    icon('paste'),
    label,
  )
  return [input, button, said]
}

/** Without HTTPS there is no clipboard to write to; the text is selected then. */
async function copyText(text: string, input: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    input.select()
    return false
  }
}
