import type { LaunchKey } from '../../config/protocol/embed.ts'
import { ask } from '../ui/dialog.ts'
import { h, replace } from '../ui/dom.ts'
import { field, form } from '../ui/form.ts'
import { whenText } from '../ui/format.ts'
import { section } from '../ui/section.ts'
import { Trouble } from '../ui/trouble.ts'
import type { EmbedApi } from './embedApi.ts'
import { algorithmOf, makeLaunchPair } from './launchPair.ts'

/** Keys with which a publisher's backend says who its users are: of the organisation, for all of its titles. */
export class LaunchKeysPart {
  readonly element: HTMLElement
  readonly #api: EmbedApi
  readonly #orgId: string
  readonly #announce: (text: string) => void
  readonly #trouble = new Trouble()
  readonly #fresh = h('div')
  readonly #list = h('div')
  #shown = ''

  constructor(api: EmbedApi, { orgId, announce }: { orgId: string; announce: (text: string) => void }) {
    this.#api = api
    this.#orgId = orgId
    this.#announce = announce
    const making = h('details', {}, h('summary', {}, 'Make a launch key'), this.#making())
    this.element = section('launch-keys', 'Launch keys', [
      h(
        'p',
        { class: 'hint' },
        'With one of them your backend signs who a user is, so that they find their saves again in every page. They are for all titles of your organisation.',
      ),
      this.#fresh,
      this.#trouble.element,
      this.#list,
      making,
    ])
  }

  async refresh(): Promise<void> {
    try {
      this.#show(await this.#api.keys())
      this.#trouble.fresh()
    } catch (failure) {
      this.#trouble.stale(failure)
    }
  }

  #show(keys: readonly LaunchKey[]): void {
    const shown = JSON.stringify(keys)
    if (shown === this.#shown) return
    this.#shown = shown
    replace(
      this.#list,
      keys.length === 0
        ? h(
            'p',
            { class: 'hint' },
            'None yet. Without one, whoever plays in a page is a guest for one visit.',
          )
        : h('ul', { class: 'rows' }, ...keys.map((key) => this.#row(key))),
    )
  }

  #row({ id, name, jwk, createdAtMs, usedAtMs }: LaunchKey): HTMLElement {
    const use = usedAtMs === null ? 'never used' : `used ${whenText(usedAtMs)}`
    return h(
      'li',
      { 'data-key-name': name },
      h(
        'div',
        { class: 'row-text' },
        name,
        h('small', {}, h('code', { class: 'path' }, id)),
        h('small', {}, `${algorithmOf(jwk)}, made ${whenText(createdAtMs)}, ${use}`),
      ),
      h(
        'button',
        {
          class: 'button button-quiet',
          type: 'button',
          'aria-label': `Revoke ${name}`,
          on: { click: () => void this.#revoke(id, name) },
        },
        'Revoke',
      ),
    )
  }

  #making(): HTMLElement {
    const element = form({
      label: 'Make a launch key',
      fields: [
        field({
          name: 'name',
          label: 'Name of the launch key',
          hint: 'Where it is used: shop, staging.',
          input: { maxlength: 80, autocomplete: 'off' },
        }),
      ],
      submit: 'Make the launch key',
      isQuiet: true,
      task: async (values) => {
        const { publicJwk, privatePem } = await makeLaunchPair(globalThis.crypto?.subtle)
        const key = await this.#api.addKey({ name: values.text('name').trim(), jwk: publicJwk })
        this.#showFresh(key, privatePem)
        element.reset()
        await this.refresh()
        return null
      },
    })
    return element
  }

  /** The only time that the private half is seen: the network never had it. */
  #showFresh({ id, name, jwk }: LaunchKey, pem: string): void {
    const text = h('textarea', {
      id: 'fresh-launch-key',
      class: 'figure',
      readonly: true,
      rows: 4,
      spellcheck: 'false',
      on: { focus: () => text.select() },
    })
    text.value = pem
    const file = `data:application/x-pem-file;base64,${btoa(pem)}`
    replace(
      this.#fresh,
      h(
        'div',
        { class: 'told fresh', 'data-role': 'fresh-launch-key' },
        h(
          'label',
          { for: 'fresh-launch-key' },
          h('strong', {}, name),
          ' is made. Take its private half now: it is not shown again, and belongs to your backend alone.',
        ),
        text,
        h('p', {}, h('a', { class: 'button', href: file, download: 'launch.key' }, 'Download launch.key')),
        h(
          'p',
          {},
          'In each launch token: alg ',
          h('code', {}, algorithmOf(jwk)),
          ', kid ',
          h('code', { class: 'path' }, id),
          ', iss ',
          h('code', { class: 'path' }, this.#orgId),
        ),
      ),
    )
    text.focus()
  }

  async #revoke(keyId: string, name: string): Promise<void> {
    const sure = await ask({
      title: `Revoke ${name}?`,
      text: 'What it signs is refused at once. Whoever plays goes on. This cannot be undone.',
      yes: 'Revoke',
      no: 'Keep it',
      danger: true,
    })
    if (!sure) return
    try {
      this.#show(await this.#api.dropKey(keyId))
      this.#trouble.clear()
      replace(this.#fresh)
      this.#announce(`${name} is revoked.`)
    } catch (failure) {
      this.#trouble.say(failure)
    }
  }
}
