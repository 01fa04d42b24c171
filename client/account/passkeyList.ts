import { errorOf } from '../ui/api.ts'
import { ask } from '../ui/dialog.ts'
import { h, replace } from '../ui/dom.ts'
import { failureBox, field, form } from '../ui/form.ts'
import { whenText } from '../ui/format.ts'
import { section } from '../ui/section.ts'
import { authApi, type Passkey } from './authApi.ts'

/** Passkeys of an account: seen, added, named, removed. */
export class PasskeyList {
  readonly element: HTMLElement
  readonly #list = h('ul', { class: 'rows' })
  readonly #trouble = h('div')

  constructor() {
    this.element = section('passkeys', 'Passkeys', [
      h(
        'p',
        {},
        'Sign in by your fingerprint, face or device lock. A passkey cannot be guessed, and no other site gets it.',
      ),
      this.#list,
      this.#trouble,
      ...(typeof PublicKeyCredential === 'undefined'
        ? [h('p', { class: 'hint' }, 'This browser, or a page without HTTPS, has no passkeys.')]
        : [this.#adding()]),
    ])
    void this.#refresh()
  }

  #adding(): HTMLElement {
    return form({
      label: 'Add a passkey',
      fields: [
        field({
          name: 'name',
          label: 'Name of the new passkey',
          value: 'This device',
          input: { maxlength: 40, autocomplete: 'off' },
        }),
      ],
      submit: 'Add a passkey',
      isQuiet: true,
      task: async (values) => {
        await authApi.addPasskey(values.text('name').trim())
        await this.#refresh()
        return 'Added. From now on you can sign in with it.'
      },
    })
  }

  async #refresh(): Promise<void> {
    try {
      const passkeys = await authApi.passkeys()
      this.#list.hidden = passkeys.length === 0
      replace(this.#list, ...passkeys.map((one) => this.#row(one)))
      replace(this.#trouble)
    } catch (failure) {
      replace(this.#trouble, failureBox(errorOf(failure)))
    }
  }

  #row(passkey: Passkey): HTMLElement {
    const name = passkey.name ?? 'Passkey'
    const remove = h(
      'button',
      {
        class: 'button button-quiet',
        type: 'button',
        'aria-label': `Remove ${name}`,
        on: { click: () => void this.#remove(passkey.id, name) },
      },
      'Remove',
    )
    const rename = h(
      'button',
      {
        class: 'button button-quiet',
        type: 'button',
        'aria-label': `Rename ${name}`,
        on: { click: () => this.#rename(row, passkey) },
      },
      'Rename',
    )
    const row = h(
      'li',
      {},
      h(
        'div',
        { class: 'row-text' },
        name,
        passkey.createdAt != null && h('small', {}, `added ${whenText(passkey.createdAt)}`),
      ),
      h('div', { class: 'row-actions' }, rename, remove),
    )
    return row
  }

  #rename(row: HTMLElement, { id, name }: Passkey): void {
    const edit = form({
      label: 'Rename the passkey',
      fields: [
        field({
          name: 'name',
          label: 'Name',
          value: name ?? '',
          input: { maxlength: 40, autocomplete: 'off' },
        }),
      ],
      submit: 'Save',
      isQuiet: true,
      task: async (values) => {
        await authApi.renamePasskey(id, values.text('name').trim())
        await this.#refresh()
        return null
      },
    })
    replace(row, edit)
    edit.querySelector('input')?.select()
  }

  async #remove(id: string, name: string): Promise<void> {
    const sure = await ask({
      title: `Remove ${name}?`,
      text: 'Nobody can sign in with it any more. It stays on the device until you delete it there.',
      yes: 'Remove',
      no: 'Keep it',
      danger: true,
    })
    if (!sure) return
    try {
      await authApi.removePasskey(id)
      await this.#refresh()
    } catch (failure) {
      replace(this.#trouble, failureBox(errorOf(failure)))
    }
  }
}
