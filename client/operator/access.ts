import { h, replace } from '../ui/dom.ts'

const key = 'nearcade.operator'

/** A token in the fragment of a link (`#token=…`) never travels to a server or into its log; it leaves the address bar at once. */
export function tokenFromLink(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return null
  history.replaceState(null, '', location.pathname + location.search)
  return token === '' ? null : token
}

/** Kept as long as the tab. */
export function rememberedToken(): string | null {
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null
  }
}

export function rememberToken(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, token)
  } catch {
    // Blocked storage: a reload asks again.
  }
}

/** Asks for the token in `place`. @param why what was wrong with the one before; null at first */
export function askToken(place: HTMLElement, why: string | null, onToken: (token: string) => void): void {
  const input = h('input', {
    id: 'token',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    'aria-describedby': 'token-help',
  })
  const form = h(
    'form',
    { class: 'access', 'data-role': 'access' },
    h('h2', {}, 'Who runs this network?'),
    h(
      'p',
      { id: 'token-help' },
      'Enter the operator’s token: what the router was given as NEARCADE_OPERATOR_TOKEN. npm start prints a link that has it.',
    ),
    why !== null && h('p', { class: 'access-error', role: 'alert' }, why),
    h('label', { for: 'token' }, 'Operator token'),
    input,
    h('button', { class: 'button button-go' }, 'Open'),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const token = input.value.trim()
    if (token !== '') onToken(token)
  })
  replace(place, form)
  input.focus()
}
