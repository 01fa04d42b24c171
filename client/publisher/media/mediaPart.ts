import { mediaKind, type MediaItem, type MediaKind, type TitleMedia } from '../../../config/protocol/media.ts'
import { wireErrorOf } from '../../ui/api.ts'
import { h, replace, setText } from '../../ui/dom.ts'
import { failureBox } from '../../ui/form.ts'
import { section } from '../../ui/section.ts'
import { Trouble } from '../../ui/trouble.ts'
import { Bringing } from './bringing.ts'
import type { MediaApi } from './mediaApi.ts'
import { MediaRow } from './mediaRow.ts'
import { kindNames, listed, moved, placeWords } from './mediaWords.ts'

export interface MediaPartTools {
  readonly api: MediaApi
  readonly mayWrite: boolean
  announce(text: string): void
}

/** What a title shows of itself in the library: what its build brings, or what its publisher brings here in place of that. */
export class MediaPart {
  readonly element: HTMLElement
  readonly #tools: MediaPartTools
  readonly #trouble = new Trouble()
  readonly #stopped = h('div')
  readonly #groups: readonly Group[]
  #shown = ''

  constructor(tools: MediaPartTools) {
    this.#tools = tools
    this.#groups = mediaKind.options.map(
      (kind) => new Group(kind, tools, (task, done) => this.#act(task, done)),
    )
    this.element = section('media', 'Media', [
      h(
        'p',
        {},
        'What players see of it in the library. ',
        tools.mayWrite &&
          'What you bring here stands in place of what the build brings, at once and for all versions.',
      ),
      this.#trouble.element,
      this.#stopped,
      ...this.#groups.map(({ element }) => element),
    ])
    this.element.dataset['role'] = 'media'
  }

  async refresh(): Promise<void> {
    try {
      this.#show(await this.#tools.api.view())
      this.#trouble.fresh()
    } catch (failure) {
      this.#trouble.stale(failure)
    }
  }

  #show({ items, stopped }: TitleMedia): void {
    const key = JSON.stringify([items, stopped])
    if (key === this.#shown) return
    this.#shown = key
    replace(
      this.#stopped,
      stopped !== null && failureBox(wireErrorOf({ ...stopped, details: stopped.details })),
    )
    for (const group of this.#groups) group.show(items)
  }

  async #act(task: () => Promise<TitleMedia>, done: string): Promise<boolean> {
    try {
      this.#show(await task())
      this.#trouble.clear()
      this.#tools.announce(done)
      return true
    } catch (failure) {
      this.#trouble.say(failure)
      return false
    }
  }
}

type Act = (task: () => Promise<TitleMedia>, done: string) => Promise<boolean>

/** Everything of one kind. */
class Group {
  readonly element: HTMLElement
  readonly #kind: MediaKind
  readonly #tools: MediaPartTools
  readonly #act: Act
  readonly #list = h('ul', { class: 'media-list' })
  readonly #place = h('p', { class: 'hint' })
  readonly #empty = h('p', { class: 'hint' }, 'There is none yet.')
  readonly #removed = h('div', { class: 'media-removed' })
  readonly #rows = new Map<string, MediaRow>()
  #ids: readonly string[] = []

  constructor(kind: MediaKind, tools: MediaPartTools, act: Act) {
    this.#kind = kind
    this.#tools = tools
    this.#act = act
    const headingId = `media-${kind}`
    const bringing = tools.mayWrite
      ? new Bringing(kind, {
          api: tools.api,
          announce: tools.announce,
          came: async () => {
            await act(tools.api.view, '')
          },
        })
      : null
    this.element = h(
      'section',
      { class: 'media-group', 'aria-labelledby': headingId, 'data-kind': kind },
      h('h3', { id: headingId }, kindNames[kind].one),
      this.#place,
      this.#empty,
      this.#list,
      this.#removed,
      bringing?.element,
    )
    bringing?.dropOn(this.element)
  }

  show(all: readonly MediaItem[]): void {
    const items = listed(this.#kind, all)
    this.#ids = items.map(({ id }) => id)
    setText(this.#place, placeWords(this.#kind, all) ?? '')
    this.#empty.hidden = items.length > 0
    for (const [id, row] of this.#rows)
      if (!this.#ids.includes(id)) {
        row.element.remove()
        this.#rows.delete(id)
      }
    for (const [index, item] of items.entries()) {
      const row = this.#rows.get(item.id) ?? this.#row(item)
      if (this.#list.children[index] !== row.element)
        this.#list.insertBefore(row.element, this.#list.children[index] ?? null)
      row.show(item, { isFirst: index === 0, isLast: index === items.length - 1 })
    }
  }

  #row(item: MediaItem): MediaRow {
    const isOwn = this.#tools.mayWrite && item.version === null
    const { api } = this.#tools
    const row = new MediaRow(item, {
      describe: (alt) => void this.#act(() => api.describe(item.id, alt), 'The description is saved.'),
      move: isOwn && this.#kind === 'screenshot' ? (by) => void this.#move(row, item, by) : null,
      remove: isOwn ? () => void this.#remove(item) : null,
    })
    this.#rows.set(item.id, row)
    return row
  }

  async #move(row: MediaRow, { id, name }: MediaItem, by: -1 | 1): Promise<void> {
    const ids = moved(this.#ids, id, by)
    const isDone = await this.#act(
      () => this.#tools.api.order(ids),
      `${name} is number ${ids.indexOf(id) + 1} of ${ids.length}.`,
    )
    if (isDone) row.focus(by)
  }

  async #remove({ id, name }: MediaItem): Promise<void> {
    const { api } = this.#tools
    if (!(await this.#act(() => api.remove(id), `${name} is removed. You can have it back.`))) return
    const undo = h(
      'button',
      {
        class: 'button button-small',
        type: 'button',
        'aria-label': `Have ${name} back`,
        on: {
          click: () => {
            void this.#act(() => api.restore(id), `${name} is back.`).then((isDone) => {
              if (!isDone) return
              line.remove()
              this.#rows.get(id)?.element.querySelector('input')?.focus()
            })
          },
        },
      },
      'Undo',
    )
    const line = h('p', { class: 'told' }, `${name} is removed; you can have it back for an hour. `, undo)
    replace(this.#removed, line)
    undo.focus()
  }
}
