import { h } from './dom.ts'

export interface Ask {
  readonly title: string
  readonly text: string
  readonly yes: string
  readonly no: string
  readonly danger?: boolean
}

let count = 0

/** A modal question; Escape and the backdrop mean no. Resolves once it is closed, the focus is back where it was. */
export function ask({ title, text, yes, no, danger = false }: Ask): Promise<boolean> {
  const titleId = `ask-${(count += 1)}`
  const dialog = h(
    'dialog',
    { 'aria-labelledby': titleId },
    h(
      'form',
      { method: 'dialog', class: 'dialog-body' },
      h('h2', { id: titleId }, title),
      h('p', {}, text),
      h(
        'div',
        { class: 'dialog-actions' },
        h('button', { class: 'button button-quiet', value: 'no', autofocus: true }, no),
        h('button', { class: danger ? 'button button-bad' : 'button button-go', value: 'yes' }, yes),
      ),
    ),
  )
  return new Promise((resolve) => {
    closeOnBackdrop(dialog)
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
    // In fullscreen only what lies inside the fullscreen element is seen, the top layer excepted, where this goes.
    document.body.append(dialog)
    dialog.showModal()
  })
}

export function closeOnBackdrop(dialog: HTMLDialogElement): void {
  dialog.addEventListener('pointerdown', (event) => {
    if (event.target === dialog) dialog.close('no')
  })
}
