import type { AuditPage } from '../../config/protocol/account.ts'
import { h } from '../ui/dom.ts'
import { whenText } from '../ui/format.ts'
import { LiveTable } from '../ui/table.ts'
import { Trouble } from '../ui/trouble.ts'
import type { OrganisationApi } from './organisationApi.ts'

type Entry = AuditPage['entries'][number]

/** What the router tells at once. */
const pageLength = 100

/** Who did what in an organisation, newest first. */
export class Activity {
  readonly element: HTMLElement
  readonly #api: OrganisationApi
  readonly #table = new LiveTable(
    'Who did what',
    [{ name: 'What' }, { name: 'When' }, { name: 'Who' }, { name: 'More' }, { name: 'From' }],
    'Nothing yet.',
  )
  readonly #trouble = new Trouble()
  readonly #more: HTMLButtonElement
  #older: readonly Entry[] = []
  #names: ReadonlyMap<string, string> = new Map()

  constructor(api: OrganisationApi) {
    this.#api = api
    this.#more = h(
      'button',
      { class: 'button', type: 'button', hidden: true, on: { click: () => void this.#loadOlder() } },
      'Show earlier ones',
    )
    this.element = h(
      'div',
      { class: 'title-page' },
      h('h1', { class: 'visually-hidden', tabindex: -1 }, 'Activity'),
      this.#trouble.element,
      this.#table.element,
      h('div', { class: 'form-actions' }, this.#more),
    )
  }

  async refresh(): Promise<void> {
    // What was read on is not thrown away again.
    if (this.#older.length > 0) return
    try {
      const [entries, members, keys] = await Promise.all([
        this.#api.activity(null),
        this.#api.members(),
        this.#api.keys().catch(() => []),
      ])
      this.#names = new Map([
        ...members.map(({ userId, user }) => [userId, user.name] as const),
        ...keys.map(({ id, name }) => [id, `key ${name}`] as const),
      ])
      this.#show(entries)
      this.#trouble.fresh()
    } catch (failure) {
      this.#trouble.stale(failure)
    }
  }

  async #loadOlder(): Promise<void> {
    const last = this.#shown.at(-1)
    if (last === undefined) return
    try {
      const more = await this.#api.activity(last.id)
      this.#older = [...this.#older, ...more]
      this.#show([...this.#shown, ...more])
      if (more.length === 0) this.#more.hidden = true
    } catch (failure) {
      this.#trouble.say(failure)
    }
  }

  #shown: readonly Entry[] = []

  #show(entries: readonly Entry[]): void {
    this.#shown = entries
    this.#more.hidden = entries.length < pageLength
    this.#table.show([entries, [...this.#names]], () =>
      entries.map(({ id, action, atMs, accountId, keyId, detail, address }) => ({
        key: String(id),
        cells: [
          actionWords(action),
          whenText(atMs),
          this.#names.get(keyId ?? accountId ?? '') ??
            (accountId === null && keyId === null ? '–' : 'somebody who has left'),
          detail ?? '–',
          address === '' ? '–' : address,
        ],
      })),
    )
  }
}

/** `member-invited` reads as `Member invited`. */
const actionWords = (action: string): string => {
  const text = action.replaceAll('-', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
