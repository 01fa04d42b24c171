import type { IncomingHttpHeaders } from 'node:http'
import { guestHeader, guestProtocolPrefix } from '../../config/protocol/embed.ts'

/** By what a request says who plays. */
export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'cookie'; readonly header: string | undefined }

/**
 * Whoever brings a token is who it says, or nobody: a frame in the page of another site must never become whoever else uses this
 * browser, even where the browser sends our cookie along.
 */
export function credentialOf(headers: IncomingHttpHeaders): Credential {
  const brought = headers[guestHeader]
  if (brought !== undefined) return { kind: 'token', token: String(brought) }
  // RFC 6455, section 11.3.4: a comma-separated list.
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const carrying = protocols.find((name) => name.startsWith(guestProtocolPrefix))
  return carrying === undefined
    ? { kind: 'cookie', header: headers.cookie }
    : { kind: 'token', token: carrying.slice(guestProtocolPrefix.length) }
}
