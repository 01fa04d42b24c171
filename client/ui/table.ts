import { h, replace } from './dom.ts'

type Cell = Node | string

export interface Column {
  readonly name: string
  /** Figures stand at the right. */
  readonly figures?: boolean
}

export interface Row {
  /** The same thing has the same key, so that a focus in its row comes back. */
  readonly key: string
  readonly cells: readonly Cell[]
}

/** A table that is built anew only when something in it has changed; the first cell of a row heads it. */
export class LiveTable {
  readonly element: HTMLElement
  readonly #body = h('tbody', { role: 'rowgroup' })
  readonly #empty: HTMLElement
  readonly #columns: readonly Column[]
  #shown = ''

  /** @param empty what to say where there is nothing */
  constructor(caption: string, columns: readonly Column[], empty: string) {
    this.#columns = columns
    this.#empty = h('p', { class: 'empty' }, empty)
    this.element = h(
      'section',
      { class: 'panel-box', 'aria-label': caption },
      h('h2', {}, caption),
      h(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `${caption}, table` },
        h(
          'table',
          // Said again, because a style that shows rows as cards takes the meaning from the tags.
          { role: 'table' },
          h('caption', { class: 'visually-hidden' }, caption),
          h(
            'thead',
            { role: 'rowgroup' },
            h(
              'tr',
              { role: 'row' },
              ...columns.map(({ name, figures }) =>
                h(
                  'th',
                  { scope: 'col', role: 'columnheader', class: figures === true ? 'figures' : '' },
                  name,
                ),
              ),
            ),
          ),
          this.#body,
        ),
        this.#empty,
      ),
    )
  }

  /** @param facts what the rows say, to tell whether they changed */
  show(facts: unknown, rows: () => readonly Row[]): void {
    const key = JSON.stringify(facts)
    if (key === this.#shown) return
    this.#shown = key
    const focused = document.activeElement?.closest('tr')
    const inside = focused !== null && focused !== undefined && this.#body.contains(focused)
    const built = rows()
    replace(this.#body, ...built.map((row) => this.#row(row)))
    this.element.dataset['empty'] = String(built.length === 0)
    this.#empty.hidden = built.length > 0
    if (inside)
      this.#body
        .querySelector<HTMLElement>(`[data-key="${CSS.escape(focused.dataset['key'] ?? '')}"] button`)
        ?.focus()
  }

  #row({ key, cells }: Row): HTMLElement {
    return h(
      'tr',
      { 'data-key': key, role: 'row' },
      ...cells.map((cell, index) => {
        const { name = '', figures } = this.#columns[index] ?? {}
        return index === 0
          ? h('th', { scope: 'row', role: 'rowheader' }, cell)
          : h(
              'td',
              { role: 'cell', class: figures === true ? 'figure figures' : '', 'data-label': name },
              cell,
            )
      }),
    )
  }
}
