import type { MediaItem } from '../../../config/protocol/media.ts'
import { h, replace, setText } from '../../ui/dom.ts'
import { wireErrorOf } from '../../ui/api.ts'
import { failureBox } from '../../ui/form.ts'
import { icon } from '../../ui/icons.ts'
import { trailerView } from '../../ui/trailer.ts'
import { pictureOf } from '../../ui/cover.ts'
import { stateWords } from './mediaWords.ts'

export interface RowActions {
  describe(alt: string): void
  /** Null: it is alone, or of the build. */
  readonly move: ((by: -1 | 1) => void) | null
  /** Null: it is of the build. */
  readonly remove: (() => void) | null
}

let count = 0

/** One picture or trailer with what can be done about it. It keeps what is being typed. */
export class MediaRow {
  readonly element: HTMLLIElement
  readonly #preview = h('div', { class: 'media-preview' })
  readonly #state = h('p', { class: 'hint' })
  readonly #trouble = h('div')
  readonly #alt: HTMLInputElement
  readonly #front: HTMLButtonElement
  readonly #back: HTMLButtonElement
  #shown = ''

  constructor({ id, name, alt, version }: MediaItem, { describe, move, remove }: RowActions) {
    const altId = `media-alt-${(count += 1)}`
    this.#alt = h('input', {
      id: altId,
      value: alt,
      maxlength: 300,
      placeholder: 'What is to be seen, for whoever does not see it',
      on: { change: () => describe(this.#alt.value.trim()) },
    })
    this.#front = this.#mover('To the front', `Put ${name} further to the front`, () => move?.(-1))
    this.#back = this.#mover('To the back', `Put ${name} further to the back`, () => move?.(1))
    this.element = h(
      'li',
      { class: 'media-row', 'data-media': id },
      this.#preview,
      h(
        'div',
        { class: 'media-text' },
        h(
          'p',
          { class: 'media-name' },
          h('strong', {}, name),
          version !== null && h('span', { class: 'tag' }, `of build ${version}`),
        ),
        this.#state,
        this.#trouble,
        remove === null
          ? h('p', { class: 'hint' }, alt === '' ? 'Not described.' : alt)
          : h('div', { class: 'field' }, h('label', { for: altId }, 'Description'), this.#alt),
        remove !== null &&
          h(
            'div',
            { class: 'row-actions' },
            move !== null && this.#front,
            move !== null && this.#back,
            h(
              'button',
              {
                class: 'button button-small button-quiet',
                type: 'button',
                'aria-label': `Remove ${name}`,
                on: { click: () => remove() },
              },
              'Remove',
            ),
          ),
      ),
    )
  }

  #mover(label: string, says: string, act: () => void): HTMLButtonElement {
    return h(
      'button',
      { class: 'button button-small', type: 'button', 'aria-label': says, on: { click: act } },
      label,
    )
  }

  /** @param place where it stands among those of its kind */
  show(item: MediaItem, place: { readonly isFirst: boolean; readonly isLast: boolean }): void {
    this.#front.disabled = place.isFirst
    this.#back.disabled = place.isLast
    const { state } = item
    this.element.dataset['state'] = state.kind
    setText(this.#state, stateWords(item))
    if (document.activeElement !== this.#alt) this.#alt.value = item.alt
    const key = JSON.stringify(state)
    if (key === this.#shown) return
    this.#shown = key
    replace(this.#trouble, state.kind === 'refused' && failureBox(wireErrorOf(errorIn(state.error))))
    replace(this.#preview, previewOf(item))
  }

  /** After its place has changed: the button that did it may be of no use any more. */
  focus(by: -1 | 1): void {
    const [wanted, other] = by === -1 ? [this.#front, this.#back] : [this.#back, this.#front]
    ;(wanted.disabled ? other : wanted).focus()
  }
}

const errorIn = ({ code, what, next, details }: Extract<MediaItem['state'], { kind: 'refused' }>['error']) =>
  details === undefined ? { code, what, next } : { code, what, next, details }

function previewOf({ kind, state }: MediaItem): Node {
  if (state.kind !== 'done') return icon(state.kind === 'refused' ? 'alert' : 'retry')
  const { cover, screenshots, trailer } = state.media
  if (trailer !== undefined) return trailerView(trailer)
  const picture = cover ?? screenshots?.[0]
  return picture === undefined
    ? icon('alert')
    : pictureOf({ ...picture, alt: '' }, '10rem', { loading: 'lazy', class: `is-${kind}` })
}
