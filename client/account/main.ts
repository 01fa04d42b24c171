import '../ui/jitless.ts'
import { loadAccount } from '../ui/account.ts'
import { errorOf } from '../ui/api.ts'
import { h, need, replace } from '../ui/dom.ts'
import { failureBox } from '../ui/form.ts'
import { icon } from '../ui/icons.ts'
import { nextAddress, parseAccountAddress } from './address.ts'
import { authApi } from './authApi.ts'
import { addressFault } from '../ui/authWords.ts'
import { forgotView, type GuestTools, resetView, signInView, signUpView, waitingView } from './guest.ts'
import { memberView } from './member.ts'
import { operatorToken, takeOperatorToken } from './operatorClaim.ts'

const root = need('[data-role=account]', HTMLElement)

/** @param toTop the focus goes where the new content begins; not at the first load, where the browser has its own way */
function show(view: HTMLElement, title: string, toTop: boolean): void {
  replace(root, view)
  document.title = `${title} – Nearcade`
  if (toTop) view.querySelector('h1')?.focus()
}

/** The address of an e-mail's link has done its work. */
const forgetLink = (): void => history.replaceState(null, '', '/account')

const toolsWith = (signIn: GuestTools['signIn']): GuestTools => ({
  signIn,
  returnAddress: nextAddress(location.search) ?? '/account',
  entered() {
    const next = nextAddress(location.search)
    if (next !== null) location.assign(next)
    else {
      forgetLink()
      void open(true)
    }
  },
  waiting: (email) => show(waitingView(email), 'Look into your mail', true),
})

const confirmedText = 'Your e-mail address is confirmed.'
const changedText =
  'This link has done its part. If it came to the address that you had, open the one in the message to your new address now.'
const operatorText = (): string | null =>
  operatorToken() === null
    ? null
    : 'Make the account that runs this network, or sign in with one that you have.'

async function open(toTop: boolean, given: string | null = null): Promise<void> {
  const address = parseAccountAddress(location.search, location.hash)
  const told = address.kind === 'changed' ? changedText : given
  if (address.kind === 'changed') forgetLink()
  if (address.kind === 'reset') {
    const done = (): void => {
      forgetLink()
      void open(true, 'The new password is set. Sign in with it.')
    }
    return show(resetView(address.token, done), 'Set a new password', toTop)
  }
  try {
    const { account, signIn } = await loadAccount()
    const tools = toolsWith(signIn)
    const profile = account === null ? null : await authApi.profile()
    if (account !== null && profile !== null) {
      const confirmed = address.kind === 'verified' && profile.user.emailVerified
      if (address.kind === 'verified') forgetLink()
      const memberActions = {
        left: (why: string) => {
          forgetLink()
          void open(true, why)
        },
        claimed: () => void open(true, 'This account runs the network now.'),
      }
      show(memberView(account, profile, memberActions, confirmed ? confirmedText : told), 'Account', toTop)
    } else if (address.kind === 'sign-up') show(signUpView(tools), 'Make an account', toTop)
    else if (address.kind === 'forgot') show(forgotView(), 'Forgotten password', toTop)
    else
      show(
        signInView(tools, address.kind === 'verified' ? confirmedText : (told ?? operatorText())),
        'Sign in',
        toTop,
      )
    if (address.kind === 'broken-link') {
      forgetLink()
      root.firstElementChild?.prepend(failureBox(addressFault(address.code)))
    }
  } catch (failure) {
    const error = errorOf(failure)
    const retry = h(
      'button',
      { class: 'button button-go', type: 'button', on: { click: () => void open(true) } },
      icon('retry'),
      'Try again',
    )
    show(
      h(
        'div',
        { class: 'state', role: 'alert' },
        icon('alert'),
        h('h1', { tabindex: -1 }, error.what),
        h('p', {}, error.next),
        retry,
      ),
      'Account',
      toTop,
    )
  }
}

takeOperatorToken()
window.addEventListener('hashchange', () => {
  takeOperatorToken()
  void open(true)
})
void open(false)
