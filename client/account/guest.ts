import type { AccountView } from '../../config/protocol/account.ts'
import { h } from '../ui/dom.ts'
import { field, form } from '../ui/form.ts'
import { authApi } from './authApi.ts'
import { PlayerPart } from './playerPart.ts'

const leastPassword = 10

const heading = (text: string): HTMLElement => h('h1', { tabindex: -1 }, text)

const box = (...children: Parameters<typeof h>[2][]): HTMLElement =>
  h('div', { class: 'narrow' }, h('section', { class: 'card-box' }, ...children))

const emailField = (value = ''): HTMLElement =>
  field({
    name: 'email',
    label: 'E-mail address',
    type: 'email',
    value,
    input: { autocomplete: 'username', spellcheck: 'false' },
  })

const newPassword = (label: string): HTMLElement =>
  field({
    name: 'password',
    label,
    type: 'password',
    hint: `At least ${leastPassword} characters.`,
    input: { autocomplete: 'new-password', minlength: leastPassword, maxlength: 128 },
  })

const link = (href: string, text: string): HTMLElement => h('a', { class: 'beside-link', href }, text)

export interface GuestTools {
  readonly signIn: AccountView['signIn']
  /** Where another site leads back to. */
  readonly returnAddress: string
  /** Somebody is signed in now. */
  entered(): void
  /** An account is made, and waits for its e-mail address to be confirmed. */
  waiting(email: string): void
}

const hasPasskeys = (): boolean => typeof PublicKeyCredential !== 'undefined'

export function signInView(tools: GuestTools, told: string | null): HTMLElement {
  const view = box(
    heading('Sign in'),
    told !== null && h('p', { class: 'told', role: 'status' }, told),
    form({
      label: 'Sign in',
      fields: [
        emailField(),
        field({
          name: 'password',
          label: 'Password',
          type: 'password',
          input: { autocomplete: 'current-password' },
        }),
      ],
      submit: 'Sign in',
      beside: [link('#forgot', 'Forgotten your password?')],
      async task(values) {
        await authApi.signIn(values.text('email'), values.text('password'))
        tools.entered()
        return null
      },
    }),
    ...otherWays(tools),
    h('p', { class: 'more' }, 'New here? ', h('a', { href: '#sign-up' }, 'Make an account')),
  )
  view.append(new PlayerPart(true).element)
  return view
}

export function signUpView(tools: GuestTools): HTMLElement {
  return box(
    heading('Make an account'),
    h('p', {}, 'What you have played and saved on this browser stays yours.'),
    form({
      label: 'Make an account',
      fields: [
        field({ name: 'name', label: 'Name', input: { autocomplete: 'name', maxlength: 80 } }),
        emailField(),
        newPassword('Password'),
      ],
      submit: 'Make the account',
      async task(values) {
        const email = values.text('email')
        await authApi.signUp(values.text('name').trim(), email, values.text('password'))
        if (tools.signIn.verifies) tools.waiting(email)
        else tools.entered()
        return null
      },
    }),
    h('p', { class: 'more' }, 'You have one? ', h('a', { href: '#' }, 'Sign in')),
  )
}

/** Signing in without a password. */
function otherWays({ signIn: { openId }, returnAddress, entered }: GuestTools): HTMLElement[] {
  const ways: HTMLElement[] = []
  if (hasPasskeys())
    ways.push(
      form({
        label: 'Sign in with a passkey',
        fields: [],
        submit: 'Sign in with a passkey',
        isQuiet: true,
        async task() {
          await authApi.signInWithPasskey()
          entered()
          return null
        },
      }),
    )
  if (openId !== null)
    ways.push(
      form({
        label: `Sign in with ${openId.name}`,
        fields: [],
        submit: `Sign in with ${openId.name}`,
        isQuiet: true,
        async task() {
          location.assign(await authApi.signInWithOpenId(returnAddress))
          return null
        },
      }),
    )
  return ways.length === 0 ? [] : [h('p', { class: 'or' }, 'or'), ...ways]
}

/** @param email where the message went */
export function waitingView(email: string): HTMLElement {
  return box(
    heading('Look into your mail'),
    h('p', {}, 'We have sent a link to ', h('strong', {}, email), '. Open it, and your account is ready.'),
    form({
      label: 'Send the link again',
      fields: [],
      submit: 'Send it again',
      isQuiet: true,
      async task() {
        await authApi.sendVerification(email)
        return 'It is on its way.'
      },
    }),
  )
}

export function forgotView(): HTMLElement {
  return box(
    heading('Forgotten password'),
    h('p', {}, 'We send you a link by which you set a new one.'),
    form({
      label: 'Forgotten password',
      fields: [emailField()],
      submit: 'Send the link',
      beside: [link('#', 'Back to signing in')],
      async task(values) {
        await authApi.forgot(values.text('email'))
        // The same for an address that nobody has: strangers learn nothing.
        return 'If there is an account with this address, the message is on its way.'
      },
    }),
  )
}

export function resetView(token: string, done: () => void): HTMLElement {
  return box(
    heading('Set a new password'),
    form({
      label: 'Set a new password',
      fields: [newPassword('New password')],
      submit: 'Set it',
      async task(values) {
        await authApi.reset(token, values.text('password'))
        done()
        return null
      },
    }),
  )
}
