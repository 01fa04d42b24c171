import type { PlayerData } from '../../config/protocol/leaving.ts'
import { errorOf } from '../ui/api.ts'
import { ask } from '../ui/dialog.ts'
import { h, replace } from '../ui/dom.ts'
import { failureBox } from '../ui/form.ts'
import { sizeText, whenText } from '../ui/format.ts'
import { section } from '../ui/section.ts'
import { leavingApi, playerExportAddress } from './leavingApi.ts'

/** What is kept of whoever plays here, with an account or without: to take along, and to drop. */
export class PlayerPart {
  readonly element: HTMLElement
  readonly #content = h('div', { class: 'stack' }, h('p', { class: 'hint' }, 'Loading…'))
  readonly #trouble = h('div')

  readonly #hidesEmpty: boolean

  /** @param hidesEmpty whoever has nothing here need not read so */
  constructor(hidesEmpty: boolean) {
    this.#hidesEmpty = hidesEmpty
    this.element = section('player', 'What you have played and saved', [this.#content, this.#trouble])
    this.element.hidden = hidesEmpty
    void this.#refresh(null)
  }

  async #refresh(told: string | null): Promise<void> {
    try {
      const data = await leavingApi.playerData()
      this.element.hidden = this.#hidesEmpty && told === null && isEmpty(data)
      replace(
        this.#content,
        told !== null && h('p', { class: 'done', role: 'status' }, told),
        ...(isEmpty(data) ? [h('p', {}, 'Nothing is kept of you so far.')] : this.#kept(data)),
      )
      replace(this.#trouble)
    } catch (failure) {
      replace(this.#trouble, failureBox(errorOf(failure)))
    }
  }

  #kept({ saves, sessions, ratings }: PlayerData): HTMLElement[] {
    return [
      h(
        'p',
        {},
        `${count(sessions, 'session')}, ${count(saves.length, 'save')}, ${count(ratings, 'rating')}.`,
      ),
      h(
        'ul',
        { class: 'rows', hidden: saves.length === 0 },
        ...saves.map(({ titleId, slot, files, bytes, takenAtMs }) =>
          h(
            'li',
            {},
            h(
              'div',
              { class: 'row-text' },
              slot === 1 ? titleId : `${titleId}, place ${slot}`,
              h('small', {}, `${count(files, 'file')}, ${sizeText(bytes)}, saved ${whenText(takenAtMs)}`),
            ),
          ),
        ),
      ),
      h(
        'div',
        { class: 'form-actions' },
        h('a', { class: 'button', href: playerExportAddress, download: true }, 'Download all of it'),
        h(
          'button',
          { class: 'button button-bad', type: 'button', on: { click: () => void this.#forget() } },
          'Delete all of it',
        ),
      ),
    ]
  }

  async #forget(): Promise<void> {
    const sure = await ask({
      title: 'Delete what you have played and saved?',
      text: 'What you play now ends. Saves, ratings and the list of your sessions go at once and for good: download them before if you want to keep them.',
      yes: 'Delete it for good',
      no: 'Keep it',
      danger: true,
    })
    if (!sure) return
    try {
      await leavingApi.forgetPlayer()
      await this.#refresh('It is deleted.')
    } catch (failure) {
      replace(this.#trouble, failureBox(errorOf(failure)))
    }
  }
}

const isEmpty = ({ saves, sessions, ratings }: PlayerData): boolean =>
  saves.length === 0 && sessions === 0 && ratings === 0

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`
