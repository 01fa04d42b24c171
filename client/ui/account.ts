import { type AccountView, accountView } from '../../config/protocol/account.ts'
import { call } from './api.ts'
import { h, replace } from './dom.ts'

export const loadAccount = (): Promise<AccountView> => call(accountView, 'GET', '/api/account')

/** Who is signed in, or where to; a page without an answer shows nothing. */
export async function showAccount(place: HTMLElement): Promise<void> {
  try {
    fillAccount(place, await loadAccount())
  } catch {
    // The page itself says what is wrong with its router.
  }
}

export function fillAccount(place: HTMLElement, { account, organisations }: AccountView): void {
  replace(
    place,
    organisations.some(({ kind }) => kind === 'publisher') &&
      h('a', { class: 'button button-quiet', href: '/publisher' }, 'Publish'),
    account === null
      ? h('a', { class: 'button', href: '/account' }, 'Sign in')
      : h(
          'a',
          { class: 'button', href: '/account', 'aria-label': `Your account, ${account.name}` },
          h('span', {}, account.name),
        ),
  )
}
