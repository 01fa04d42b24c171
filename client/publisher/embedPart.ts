import { embedOriginRule, isEmbedOrigin } from '../../config/embedOrigins.ts'
import { wireError } from '../../config/errors.ts'
import type { EmbedRules } from '../../config/protocol/embed.ts'
import { ApiError } from '../ui/api.ts'
import { copyField } from '../ui/copyField.ts'
import { ask } from '../ui/dialog.ts'
import { h, replace } from '../ui/dom.ts'
import { field, form } from '../ui/form.ts'
import { section } from '../ui/section.ts'
import { Trouble } from '../ui/trouble.ts'
import type { EmbedApi } from './embedApi.ts'
import { LaunchKeysPart } from './launchKeysPart.ts'

export interface EmbedPartTools {
  readonly orgId: string
  /** Of the network, as this browser has it. */
  readonly origin: string
  readonly mayWrite: boolean
  readonly mayKeepKeys: boolean
  readonly announce: (text: string) => void
}

const everyMs = 10_000

/** A title's link, and the title in the pages of other sites: what to write there, which may, and who plays there. */
export class EmbedPart {
  readonly element: HTMLElement
  readonly #titleId: string
  readonly #api: EmbedApi
  readonly #tools: EmbedPartTools
  readonly #trouble = new Trouble()
  readonly #rules = h('div', { class: 'stack' })
  readonly #keys: LaunchKeysPart | null
  #shown = ''
  #atMs = Number.NEGATIVE_INFINITY

  constructor(titleId: string, api: EmbedApi, tools: EmbedPartTools) {
    this.#titleId = titleId
    this.#api = api
    this.#tools = tools
    this.#keys = tools.mayKeepKeys ? new LaunchKeysPart(api, tools) : null
    const { origin } = tools
    const snippet = `<script type="module" src="${origin}/sdk/nearcade.js"></script><nearcade-player game="${titleId}"></nearcade-player>`
    this.element = h(
      'div',
      { class: 'stack' },
      section('sharing', 'Links and pages', [
        taken('share-link', 'Its link, for whoever may play it.', `${origin}/play/${titleId}`, 'link'),
        taken('embed-snippet', 'In a page of yours: this shows the player.', snippet, 'snippet'),
        this.#trouble.element,
        this.#rules,
        tools.mayWrite && this.#allowing(),
      ]),
      this.#keys?.element,
    )
  }

  async refresh(): Promise<void> {
    if (performance.now() - this.#atMs < everyMs) return
    this.#atMs = performance.now()
    try {
      this.#show(await this.#api.rules(this.#titleId))
      this.#trouble.fresh()
    } catch (failure) {
      this.#trouble.stale(failure)
    }
    await this.#keys?.refresh()
  }

  #show(rules: EmbedRules): void {
    const shown = JSON.stringify(rules)
    if (shown === this.#shown) return
    this.#shown = shown
    const { origins, launchTokenRequired } = rules
    const { mayWrite } = this.#tools
    replace(
      this.#rules,
      h('h3', {}, 'Pages that may show it'),
      origins.length === 0
        ? h('p', { class: 'hint' }, 'None yet: browsers refuse it in the pages of every other site.')
        : h('ul', { class: 'rows' }, ...origins.map((origin) => this.#row(origin, rules))),
      h('h3', {}, 'Who plays it'),
      h(
        'p',
        {},
        launchTokenRequired
          ? 'Only your own users: nobody starts it but whom your backend sends with a launch token, not by its link and not in parties.'
          : 'Everybody, on this network’s pages and in yours.',
      ),
      mayWrite &&
        h(
          'div',
          { class: 'form-actions' },
          h(
            'button',
            {
              class: 'button',
              type: 'button',
              on: { click: () => void this.#open(rules, !launchTokenRequired) },
            },
            launchTokenRequired ? 'Let everybody play it' : 'Let only our users play it',
          ),
        ),
    )
  }

  #row(origin: string, rules: EmbedRules): HTMLElement {
    const without = { ...rules, origins: rules.origins.filter((one) => one !== origin) }
    return h(
      'li',
      {},
      h('code', { class: 'row-text' }, origin),
      this.#tools.mayWrite &&
        h(
          'button',
          {
            class: 'button button-quiet',
            type: 'button',
            'aria-label': `Remove ${origin}`,
            on: { click: () => void this.#set(without, `Pages of ${origin} show it no more.`) },
          },
          'Remove',
        ),
    )
  }

  #allowing(): HTMLElement {
    const element = form({
      label: 'Allow pages',
      fields: [
        field({
          name: 'origin',
          label: 'Allow pages of',
          hint: 'Such as https://shop.example or https://*.shop.example',
          input: { maxlength: 300, autocomplete: 'off', spellcheck: 'false', inputmode: 'url' },
        }),
      ],
      submit: 'Allow them',
      isQuiet: true,
      task: async (values) => {
        const origin = values.text('origin').trim().replace(/\/$/, '')
        if (!isEmbedOrigin(origin))
          throw new ApiError(wireError('bad-request', [`${origin} ${embedOriginRule}`]))
        const rules = await this.#api.rules(this.#titleId)
        this.#show(
          await this.#api.setRules(this.#titleId, {
            ...rules,
            origins: [...new Set([...rules.origins, origin])],
          }),
        )
        this.#tools.announce(`Pages of ${origin} may show it.`)
        element.reset()
        return null
      },
    })
    return element
  }

  async #open(rules: EmbedRules, launchTokenRequired: boolean): Promise<void> {
    const sure =
      !launchTokenRequired ||
      (await ask({
        title: 'Let only your own users play it?',
        text: 'From now on nobody starts it without a launch token of your backend: neither by its link nor in the library nor in parties.',
        yes: 'Only our users',
        no: 'Everybody',
      }))
    if (!sure) return
    await this.#set(
      { ...rules, launchTokenRequired },
      launchTokenRequired ? 'Only your users can start it now.' : 'Everybody can start it now.',
    )
  }

  async #set(rules: EmbedRules, done: string): Promise<void> {
    try {
      this.#show(await this.#api.setRules(this.#titleId, rules))
      this.#trouble.clear()
      this.#tools.announce(done)
    } catch (failure) {
      this.#trouble.say(failure)
    }
  }
}

function taken(id: string, says: string, text: string, thing: 'link' | 'snippet'): HTMLElement {
  const [input, copy, said] = copyField(id, text, thing)
  return h(
    'div',
    { class: 'fresh' },
    h('label', { for: id }, says),
    h('div', { class: 'take' }, input, copy),
    said,
  )
}
