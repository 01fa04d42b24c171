import type { MediaKind } from '../../../config/protocol/media.ts'
import { errorOf } from '../../ui/api.ts'
import { h, replace, setText } from '../../ui/dom.ts'
import { failureBox } from '../../ui/form.ts'
import type { MediaApi } from './mediaApi.ts'
import { kindNames } from './mediaWords.ts'

export interface BringingTools {
  readonly api: Pick<MediaApi, 'bring'>
  announce(text: string): void
  /** One has come. */
  came(): Promise<void>
}

/** Where files of one kind are chosen or dropped, and how far those are that are on their way, one after the other. */
export class Bringing {
  readonly element: HTMLElement
  readonly #kind: MediaKind
  readonly #tools: BringingTools
  readonly #onTheirWay = h('ul', { class: 'media-coming' })
  readonly #faults = h('div', { class: 'stack' })
  #last: Promise<void> = Promise.resolve()

  constructor(kind: MediaKind, tools: BringingTools) {
    this.#kind = kind
    this.#tools = tools
    const { hint, accept } = kindNames[kind]
    const input = h('input', {
      type: 'file',
      hidden: true,
      accept,
      multiple: kind === 'screenshot',
      on: {
        change: () => {
          this.take([...(input.files ?? [])])
          input.value = ''
        },
      },
    })
    const hintId = `media-${kind}-hint`
    this.element = h(
      'div',
      { class: 'media-bring' },
      this.#faults,
      this.#onTheirWay,
      h(
        'div',
        { class: 'form-actions' },
        h(
          'button',
          {
            class: 'button',
            type: 'button',
            'aria-describedby': hintId,
            on: { click: () => input.click() },
          },
          kind === 'screenshot' ? 'Choose screenshots' : `Choose a ${kind}`,
        ),
        input,
        h(
          'p',
          { class: 'hint', id: hintId },
          `Or drop ${kind === 'screenshot' ? 'them' : 'it'} here. ${hint}`,
        ),
      ),
    )
  }

  /** Files that are dropped there are brought. */
  dropOn(zone: HTMLElement): void {
    zone.addEventListener('dragover', (event) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      zone.classList.add('is-over')
    })
    zone.addEventListener('dragleave', (event) => {
      if (!(event.relatedTarget instanceof Node && zone.contains(event.relatedTarget)))
        zone.classList.remove('is-over')
    })
    zone.addEventListener('drop', (event) => {
      event.preventDefault()
      zone.classList.remove('is-over')
      this.take([...(event.dataTransfer?.files ?? [])])
    })
  }

  take(files: readonly File[]): void {
    if (files.length > 0) replace(this.#faults)
    for (const file of files) this.#queue(file)
  }

  #queue(file: File): void {
    const stop = new AbortController()
    const bar = h('progress', { max: 1, value: 0, 'aria-label': `${file.name} is being sent` })
    const says = h('span', { class: 'figure hint' }, 'waits')
    const row = h(
      'li',
      {},
      h('span', { class: 'media-name' }, file.name),
      bar,
      says,
      h(
        'button',
        {
          class: 'button button-small button-quiet',
          type: 'button',
          'aria-label': `Stop sending ${file.name}`,
          on: {
            click: () => {
              stop.abort()
              row.remove()
            },
          },
        },
        'Stop',
      ),
    )
    this.#onTheirWay.append(row)
    this.#last = this.#last.then(() =>
      this.#send(file, row, stop.signal, (part) => {
        bar.value = part
        setText(says, `${Math.round(part * 100)} %`)
      }),
    )
  }

  async #send(
    file: File,
    row: HTMLElement,
    signal: AbortSignal,
    progress: (part: number) => void,
  ): Promise<void> {
    if (signal.aborted) return
    try {
      await this.#tools.api.bring(this.#kind, file, progress, signal)
      row.remove()
      this.#tools.announce(`${file.name} has come and is being made ready.`)
      await this.#tools.came()
    } catch (failure) {
      row.remove()
      if (signal.aborted) return
      const { what, next, ...rest } = errorOf(failure)
      const box = failureBox({ ...rest, what: `${file.name}: ${what}`, next })
      this.#faults.append(box)
      box.focus()
    }
  }
}
