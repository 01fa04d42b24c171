import { type Scope, scopes } from '../../config/accounts.ts'
import type { ApiKeyView } from '../../config/protocol/account.ts'
import { copyField } from '../ui/copyField.ts'
import { ask } from '../ui/dialog.ts'
import { h, replace } from '../ui/dom.ts'
import { checkList, field, form, selectField } from '../ui/form.ts'
import { whenText } from '../ui/format.ts'
import { section } from '../ui/section.ts'
import { Trouble } from '../ui/trouble.ts'
import type { OrganisationApi } from './organisationApi.ts'

const scopeWords: Readonly<Record<Scope, { readonly label: string; readonly hint: string }>> = {
  'titles:read': { label: 'See titles', hint: 'titles:read' },
  'titles:write': { label: 'Bring builds and stage them', hint: 'titles:write' },
  'titles:publish': { label: 'Give versions to players, withdraw titles', hint: 'titles:publish' },
  'stats:read': { label: 'See figures and logs', hint: 'stats:read' },
  'launch-keys:manage': { label: 'Say whose users may come: launch keys', hint: 'launch-keys:manage' },
}

const lives = [
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: '', label: 'Until it is revoked' },
] as const

/** Keys by which programs bring builds for an organisation. */
export class ApiKeys {
  readonly element: HTMLElement
  readonly #api: OrganisationApi
  readonly #list = h('ul', { class: 'rows' })
  readonly #none = h('p', { class: 'hint', hidden: true }, 'None yet.')
  readonly #trouble = new Trouble()
  readonly #fresh = h('div')
  readonly #announce: (text: string) => void
  #shown = ''

  constructor(api: OrganisationApi, announce: (text: string) => void) {
    this.#api = api
    this.#announce = announce
    this.element = h(
      'div',
      { class: 'columns' },
      h(
        'section',
        { class: 'card-box', 'aria-labelledby': 'keys-title' },
        h('h1', { id: 'keys-title', tabindex: -1 }, 'API keys'),
        h(
          'p',
          {},
          'For the command line and for build servers. A key acts for the organisation, whoever has it.',
        ),
        this.#fresh,
        this.#trouble.element,
        this.#none,
        this.#list,
      ),
      this.#making(),
    )
  }

  #making(): HTMLElement {
    const element = form({
      label: 'Make a key',
      fields: [
        field({
          name: 'name',
          label: 'Name',
          hint: 'Where it is used: build server, laptop.',
          input: { maxlength: 80, autocomplete: 'off' },
        }),
        checkList(
          'It may',
          'scopes',
          scopes.map((value) => ({
            value,
            ...scopeWords[value],
            checked: value !== 'titles:publish' && value !== 'launch-keys:manage',
          })),
        ),
        selectField({ name: 'days', label: 'It works for', options: lives, value: '365' }),
      ],
      submit: 'Make the key',
      task: async (values) => {
        const days = values.text('days')
        const wanted = values.all('scopes')
        const made = await this.#api.makeKey({
          name: values.text('name').trim(),
          scopes: scopes.filter((scope) => wanted.includes(scope)),
          ...(days === '' ? {} : { expiresInDays: Number(days) }),
        })
        this.#showFresh(made.key, made.view.name)
        element.reset()
        await this.refresh()
        return null
      },
    })
    return section('new-key', 'Make a key', [element])
  }

  /** The only time that a key is seen. */
  #showFresh(key: string, name: string): void {
    const [input, copy, said] = copyField('fresh-key', key, 'key')
    replace(
      this.#fresh,
      h(
        'div',
        { class: 'told fresh', 'data-role': 'fresh-key' },
        h(
          'label',
          { for: 'fresh-key' },
          h('strong', {}, name),
          ' is made. Copy it now: it is not shown again.',
        ),
        h('div', { class: 'take' }, input, copy),
        said,
      ),
    )
    input.focus()
  }

  async refresh(): Promise<void> {
    try {
      const keys = await this.#api.keys()
      this.#trouble.fresh()
      const key = JSON.stringify(keys)
      if (key === this.#shown) return
      this.#shown = key
      this.#none.hidden = keys.length > 0
      replace(this.#list, ...keys.map((one) => this.#row(one)))
    } catch (failure) {
      this.#trouble.stale(failure)
    }
  }

  #row({ id, name, start, scopes: granted, expiresAtMs, revokedAtMs, usedAtMs }: ApiKeyView): HTMLElement {
    const isOver = expiresAtMs !== null && expiresAtMs < Date.now()
    const use = usedAtMs === null ? 'never used' : `used ${whenText(usedAtMs)}`
    const end =
      revokedAtMs !== null
        ? `revoked ${whenText(revokedAtMs)}`
        : expiresAtMs === null
          ? 'until it is revoked'
          : `until ${whenText(expiresAtMs)}`
    return h(
      'li',
      { 'data-key-name': name },
      h(
        'div',
        { class: 'row-text' },
        name,
        ' ',
        h('code', { class: 'path' }, `${start}…`),
        h('small', {}, granted.join(', ')),
        h('small', {}, `${use}, ${end}`),
      ),
      revokedAtMs !== null
        ? h('span', { class: 'tag tag-bad' }, 'revoked')
        : isOver
          ? h('span', { class: 'tag' }, 'run out')
          : h(
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

  async #revoke(keyId: string, name: string): Promise<void> {
    const sure = await ask({
      title: `Revoke ${name}?`,
      text: 'Whatever uses it stops working at once. This cannot be undone.',
      yes: 'Revoke',
      no: 'Keep it',
      danger: true,
    })
    if (!sure) return
    try {
      await this.#api.revokeKey(keyId)
      this.#trouble.clear()
      replace(this.#fresh)
      this.#announce(`${name} is revoked.`)
      await this.refresh()
    } catch (failure) {
      this.#trouble.say(failure)
    }
  }
}
