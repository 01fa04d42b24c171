import * as z from 'zod/mini'
import { id, titleId } from '../../config/protocol/ids.ts'

export type PartyAddress =
  | { readonly kind: 'party'; readonly code: string }
  /** A party that is still to be made. */
  | { readonly kind: 'new'; readonly titleId: string }
  | { readonly kind: 'wrong' }

/** `/party/<code>`, or `/party/new?title=<titleId>`. */
export function parsePartyAddress(pathname: string, search: string): PartyAddress {
  const name = /^\/party\/([^/]+)\/?$/.exec(pathname)?.[1] ?? ''
  if (name !== 'new') return z.safeParse(id, name).success ? { kind: 'party', code: name } : { kind: 'wrong' }
  const title = new URLSearchParams(search).get('title') ?? ''
  return z.safeParse(titleId, title).success ? { kind: 'new', titleId: title } : { kind: 'wrong' }
}

/** Where a party for a title begins. */
export const partyAddress = (title: string): string => `/party/new?title=${encodeURIComponent(title)}`
