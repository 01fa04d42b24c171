/** What the account page shows to whom nobody knows, and where it leads afterwards. */
export type AccountAddress =
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'sign-up' }
  | { readonly kind: 'forgot' }
  /** From a link in an e-mail. */
  | { readonly kind: 'reset'; readonly token: string }
  | { readonly kind: 'verified' }
  /** One of the links that change an address. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'broken-link'; readonly code: string }

/** `/account`, `#sign-up`, `#forgot`, `?reset=1&token=…`, `?verified=1`, `?changed=1`, each with `error=` where a link no longer works. */
export function parseAccountAddress(search: string, hash: string): AccountAddress {
  const parameters = new URLSearchParams(search)
  const error = parameters.get('error')
  if (error !== null) return { kind: 'broken-link', code: error }
  const token = parameters.get('token')
  if (parameters.has('reset') && token !== null) return { kind: 'reset', token }
  if (hash === '#sign-up') return { kind: 'sign-up' }
  if (hash === '#forgot') return { kind: 'forgot' }
  if (parameters.has('changed')) return { kind: 'changed' }
  return parameters.has('verified') ? { kind: 'verified' } : { kind: 'sign-in' }
}

/** `next=/publisher`: a page of ours, never one of another site. */
export function nextAddress(search: string): string | null {
  const next = new URLSearchParams(search).get('next')
  return next !== null && /^\/(?![/\\])/.test(next) ? next : null
}
