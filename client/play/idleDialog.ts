import { h, setText } from '../ui/dom.ts'
import { clockText } from '../ui/format.ts'

/** "Are you still there?", with the time that is left. */
export class IdleDialog {
  #dialog: HTMLDialogElement | null = null
  #timer: ReturnType<typeof setInterval> | undefined
  readonly #onHere: () => void

  constructor(onHere: () => void) {
    this.#onHere = onHere
  }

  /** @param endsAtMs on `performance.now()`'s clock; null takes the dialog away */
  show(endsAtMs: number | null): void {
    this.#close()
    if (endsAtMs === null) return
    const left = h('strong', { class: 'figure idle-left' })
    const tick = (): void => setText(left, clockText(endsAtMs - performance.now()))
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'idle-title', 'data-role': 'idle' },
      h(
        'form',
        { method: 'dialog', class: 'dialog-body' },
        h('h2', { id: 'idle-title' }, 'Are you still there?'),
        h(
          'p',
          {},
          'Nothing was pressed for a while. The session ends in ',
          left,
          ', so that somebody else can play.',
        ),
        h(
          'div',
          { class: 'dialog-actions' },
          h('button', { class: 'button button-go', autofocus: true }, 'Still here'),
        ),
      ),
    )
    dialog.addEventListener('close', () => {
      if (this.#dialog !== dialog) return
      this.#close()
      this.#onHere()
    })
    this.#dialog = dialog
    tick()
    this.#timer = setInterval(tick, 500)
    document.body.append(dialog)
    dialog.showModal()
  }

  #close(): void {
    clearInterval(this.#timer)
    const dialog = this.#dialog
    this.#dialog = null
    dialog?.close()
    dialog?.remove()
  }
}
