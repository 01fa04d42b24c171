import type { PublishedTitle } from '../../config/protocol/publishing.ts'
import { errorOf } from '../ui/api.ts'
import { h, replace } from '../ui/dom.ts'
import { failureBox } from '../ui/form.ts'
import { titleAddress } from './address.ts'
import type { PublisherApi } from './publisherApi.ts'

/** Who gets what of a title, in a few words. */
export function channelTags({ channels, withdrawn }: PublishedTitle): HTMLElement[] {
  const { staging, live, canary } = channels
  const tag = (looks: string, text: string): HTMLElement => h('span', { class: `tag ${looks}` }, text)
  const tags = [
    withdrawn && tag('tag-bad', 'withdrawn'),
    live !== null && tag('tag-good', `live ${live}`),
    canary !== null && tag('tag-busy', `${canary.percent} % get ${canary.version}`),
    staging !== null && tag('', `staging ${staging.version}`),
  ].filter((one) => one !== false)
  return tags.length > 0 ? tags : [tag('', 'draft')]
}

/** The titles of an organisation, and where builds are dropped. */
export class TitleList {
  readonly element: HTMLElement
  readonly #list = h('div')
  readonly #api: PublisherApi
  readonly #org: string

  /** @param upload null for those who may only look */
  constructor(api: PublisherApi, org: string, upload: HTMLElement | null) {
    this.#api = api
    this.#org = org
    this.element = h(
      'div',
      { class: 'columns' },
      h(
        'section',
        { class: 'card-box', 'aria-labelledby': 'titles-title' },
        h('h1', { id: 'titles-title', tabindex: -1 }, 'Titles'),
        this.#list,
      ),
      upload,
    )
  }

  async refresh(): Promise<void> {
    try {
      const titles = await this.#api.titles()
      replace(
        this.#list,
        titles.length === 0
          ? h('p', { class: 'hint' }, 'None yet. A build brings its title along: bring the first one.')
          : h('ul', { class: 'rows' }, ...titles.map((title) => this.#row(title))),
      )
    } catch (failure) {
      replace(this.#list, failureBox(errorOf(failure)))
    }
  }

  #row(title: PublishedTitle): HTMLElement {
    return h(
      'li',
      { 'data-title': title.titleId },
      h(
        'div',
        { class: 'row-text' },
        h('a', { class: 'title-link', href: titleAddress(this.#org, title.titleId) }, title.name),
        h('small', {}, title.titleId),
      ),
      h('div', { class: 'tags' }, ...channelTags(title)),
    )
  }
}
