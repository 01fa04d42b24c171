import { accountView } from '../../config/protocol/account.ts'
import { call } from '../ui/api.ts'
import { h } from '../ui/dom.ts'
import { form } from '../ui/form.ts'
import { section } from '../ui/section.ts'

const key = 'nearcade.operatorLink'

/**
 * The one-time link that a fresh network prints ends in `#operator=<token>`: a fragment never travels to a server or into its log. It
 * leaves the address bar at once and is kept as long as the tab, until somebody is signed in to use it.
 */
export function takeOperatorToken(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('operator')
  if (token === null) return
  history.replaceState(null, '', location.pathname + location.search)
  remember(token === '' ? null : token)
}

export function operatorToken(): string | null {
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null
  }
}

function remember(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, token)
  } catch {
    // Blocked storage: whoever is signed in when the link is opened can use it still.
  }
}

/** Asks whoever is signed in whether this account shall run the network. @param done it does */
export function claimPart(token: string, done: () => void): HTMLElement {
  const forget = h(
    'button',
    {
      class: 'button button-quiet',
      type: 'button',
      on: {
        click: () => {
          remember(null)
          element.remove()
        },
      },
    },
    'Not with this account',
  )
  const element = section('operator', 'Run this network?', [
    h('p', {}, 'You have opened the link for the operator. It works once.'),
    form({
      label: 'Run this network',
      fields: [],
      submit: 'Run it with this account',
      beside: [forget],
      async task() {
        await call(accountView, 'POST', '/api/account/operator', { body: { token } })
        remember(null)
        done()
        return null
      },
    }),
  ])
  return element
}
