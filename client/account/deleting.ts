import type { AccountView } from '../../config/protocol/account.ts'
import { h } from '../ui/dom.ts'
import { field, form } from '../ui/form.ts'
import { authApi } from './authApi.ts'

type Account = NonNullable<AccountView['account']>

/** Asks for what cannot be typed by mistake: the account's own e-mail address, and its password. */
export function deleteForm({ email }: Account, { left }: { left(told: string): void }): HTMLElement {
  return h(
    'details',
    {},
    h('summary', {}, 'I want to delete my account'),
    form({
      label: 'Delete the account',
      fields: [
        h('p', {}, 'Your name, e-mail address, passkeys and memberships are deleted at once and for good.'),
        field({
          name: 'typed',
          label: `Type ${email} to confirm`,
          input: {
            autocomplete: 'off',
            spellcheck: 'false',
            pattern: email.replaceAll(/[^A-Za-z0-9@_-]/g, (sign) => `\\${sign}`),
            title: email,
          },
        }),
        field({
          name: 'password',
          label: 'Password',
          type: 'password',
          input: { autocomplete: 'current-password' },
        }),
      ],
      submit: 'Delete my account for good',
      isDangerous: true,
      async task(values) {
        await authApi.deleteAccount(values.text('password'))
        left('Your account is deleted.')
        return null
      },
    }),
  )
}
