import { decodeJwt } from 'jose'
import * as z from 'zod/mini'

/** What the library's links to change an address carry; who signed them is its business. */
const change = z.object({ email: z.string(), updateTo: z.string(), requestType: z.string() })

export interface EmailChange {
  readonly from: string
  readonly to: string
  /** The last of the links, which goes to the new address. */
  readonly isLast: boolean
}

/** What a link of `/verify-email` would change; null: it confirms an address, or is none of ours. */
export function emailChangeOf(token: unknown): EmailChange | null {
  if (typeof token !== 'string') return null
  try {
    const read = z.safeParse(change, decodeJwt(token))
    if (!read.success) return null
    const { email, updateTo, requestType } = read.data
    return { from: email, to: updateTo, isLast: requestType === 'change-email-verification' }
  } catch {
    return null
  }
}
