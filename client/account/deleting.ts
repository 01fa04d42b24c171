import type { AccountView } from '../../config/protocol/account.ts'
import type { StandingOrganisations } from '../../config/protocol/leaving.ts'
import { organisationLeavingPart } from '../publisher/organisationLeaving.ts'
import { errorOf } from '../ui/api.ts'
import { h, replace } from '../ui/dom.ts'
import { failureBox, field, form } from '../ui/form.ts'
import { section } from '../ui/section.ts'
import { authApi } from './authApi.ts'
import { leavingApi } from './leavingApi.ts'

type Account = NonNullable<AccountView['account']>
interface Actions {
  left(told: string): void
}

/** How an account goes, and what stands in the way of that. */
export function deletingPart(account: Account, actions: Actions): HTMLElement {
  const content = h('div', { class: 'stack' })
  async function refresh(): Promise<void> {
    try {
      const standing = await leavingApi.standing()
      const gone = (): void => void refresh()
      replace(
        content,
        ...(standing.length === 0 ? [deleteForm(account, actions)] : standingParts(standing, gone)),
      )
    } catch (failure) {
      replace(content, failureBox(errorOf(failure)))
    }
  }
  void refresh()
  return section('delete', 'Delete the account', [content])
}

/** Publishers have a page where that is done; others go from here. */
function standingParts(standing: StandingOrganisations['organisations'], gone: () => void): HTMLElement[] {
  return [
    h(
      'p',
      {},
      'You are the only owner of what stands here. Make somebody else an owner of it, or delete it: then your account can go.',
    ),
    h(
      'ul',
      { class: 'rows' },
      ...standing.map(({ id, name, slug, kind }) =>
        h(
          'li',
          {},
          kind === 'publisher'
            ? h('a', { href: `/publisher#/${slug}/members` }, name)
            : h('div', { class: 'row-text' }, name, organisationLeavingPart({ id, name }, gone)),
        ),
      ),
    ),
  ]
}

/** Asks for what cannot be typed by mistake: the account's own e-mail address, and its password. */
function deleteForm({ email }: Account, { left }: Actions): HTMLElement {
  return h(
    'details',
    {},
    h('summary', {}, 'I want to delete my account'),
    form({
      label: 'Delete the account',
      fields: [
        h(
          'p',
          {},
          'Your name, e-mail address, passkeys and memberships, what you have saved, your ratings and your sessions are deleted at once and for good.',
        ),
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
