import type { AccountView } from '../../config/protocol/account.ts'
import { h, replace } from '../ui/dom.ts'
import { field, form } from '../ui/form.ts'
import { icon } from '../ui/icons.ts'
import { section } from '../ui/section.ts'
import { authApi, type Profile } from './authApi.ts'
import { deletingPart } from './deleting.ts'
import { claimPart, operatorToken } from './operatorClaim.ts'
import { PasskeyList } from './passkeyList.ts'
import { PlayerPart } from './playerPart.ts'
import { SessionList } from './sessionList.ts'

export interface MemberActions {
  /** The account is gone, or signed out. */
  left(told: string): void
  /** The account runs the network now. */
  claimed(): void
}

type Account = NonNullable<AccountView['account']>

/** The account of whoever is signed in. */
export function memberView(
  account: Account,
  profile: Profile,
  actions: MemberActions,
  told: string | null,
): HTMLElement {
  const token = operatorToken()
  const title = h('h1', { tabindex: -1 }, account.name)
  const signOut = h(
    'button',
    {
      class: 'button',
      type: 'button',
      on: { click: () => void authApi.signOut().finally(() => actions.left('You are signed out.')) },
    },
    'Sign out',
  )
  return h(
    'div',
    { class: 'narrow' },
    h('div', { class: 'account-head' }, title, signOut),
    account.isOperator && h('p', {}, h('span', { class: 'tag tag-good' }, 'runs this network')),
    told !== null && h('p', { class: 'told', role: 'status' }, told),
    token !== null && !account.isOperator && claimPart(token, actions.claimed),
    h(
      'nav',
      { class: 'leads', 'aria-label': 'Where to go' },
      h('a', { class: 'button', href: '/' }, icon('play'), 'Play'),
      h('a', { class: 'button', href: '/publisher' }, icon('plus'), 'Publish games'),
      account.isOperator && h('a', { class: 'button', href: '/operator' }, icon('stats'), 'Run the network'),
    ),
    section('who', 'You', [
      form({
        label: 'Your name',
        fields: [
          field({
            name: 'name',
            label: 'Name',
            value: account.name,
            input: { autocomplete: 'name', maxlength: 80 },
          }),
        ],
        submit: 'Save',
        isQuiet: true,
        async task(values) {
          const name = values.text('name').trim()
          await authApi.rename(name)
          replace(title, name)
          return 'Saved.'
        },
      }),
      ...emailPart(profile),
    ]),
    emailChange(profile),
    new PasskeyList().element,
    section('password', 'Password', [
      form({
        label: 'Change the password',
        fields: [
          field({
            name: 'current',
            label: 'Password that you have',
            type: 'password',
            input: { autocomplete: 'current-password' },
          }),
          field({
            name: 'password',
            label: 'New password',
            type: 'password',
            hint: 'At least 10 characters. Your other devices are signed out.',
            input: { autocomplete: 'new-password', minlength: 10, maxlength: 128 },
          }),
        ],
        submit: 'Change it',
        isQuiet: true,
        async task(values) {
          await authApi.changePassword(values.text('current'), values.text('password'))
          return 'Changed.'
        },
      }),
    ]),
    new SessionList(profile.session.token).element,
    new PlayerPart(false).element,
    deletingPart(account, actions),
  )
}

/** The old address is asked first, where it is known to be theirs, then the new one. */
function emailChange({ user }: Profile): HTMLElement {
  return section('email', 'E-mail address', [
    form({
      label: 'Change the e-mail address',
      fields: [
        field({
          name: 'email',
          label: 'New e-mail address',
          type: 'email',
          input: { autocomplete: 'email', spellcheck: 'false' },
        }),
        field({
          name: 'password',
          label: 'Your password',
          type: 'password',
          hint: 'Leave it empty if you never set one.',
          optional: true,
          input: { autocomplete: 'current-password' },
        }),
      ],
      submit: 'Change the address',
      isQuiet: true,
      async task(values) {
        const email = values.text('email')
        await authApi.changeEmail(email, values.text('password'))
        const changed = await authApi.profile()
        if (changed?.user.email === email.toLowerCase())
          return `Changed: you sign in as ${email} from now on.`
        return user.emailVerified
          ? `Open the link in the message to ${user.email}, then the one that comes to ${email}, in this browser.`
          : `Open the link in the message to ${email} in this browser.`
      },
    }),
  ])
}

function emailPart({ user }: Profile): Node[] {
  const state = user.emailVerified
    ? h('span', { class: 'tag tag-good' }, 'confirmed')
    : h('span', { class: 'tag tag-busy' }, 'not confirmed')
  const address = h('p', {}, 'E-mail: ', h('strong', {}, user.email), ' ', state)
  if (user.emailVerified) return [address]
  return [
    address,
    form({
      label: 'Confirm the e-mail address',
      fields: [],
      submit: 'Send the link again',
      isQuiet: true,
      async task() {
        await authApi.sendVerification(user.email)
        return 'It is on its way. Open the link in the message.'
      },
    }),
  ]
}
