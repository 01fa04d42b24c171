import type { Asking } from './access.ts'
import { addressHeader } from './names.ts'

/** What a request to the library brings. */
export interface AuthRequest extends Asking {
  readonly method: string
  /** From `/api/auth` on, with its query. */
  readonly path: string
  readonly body: Buffer | null
}

const passedOn = ['accept', 'content-type', 'cookie', 'origin'] as const
const maxAgentChars = 300

/** As the library takes it: what a stranger says of addresses, hosts and proxies does not get there. */
export function libraryRequest({ method, path, headers, ip, body }: AuthRequest, publicUrl: string): Request {
  const given = new Headers()
  for (const name of passedOn) {
    const value = headers[name]
    if (typeof value === 'string') given.set(name, value)
  }
  given.set('user-agent', (headers['user-agent'] ?? '').slice(0, maxAgentChars))
  if (ip !== undefined) given.set(addressHeader, ip)
  const hasBody = body !== null && method !== 'GET'
  return new Request(new URL(path, publicUrl), {
    method,
    headers: given,
    ...(hasBody ? { body: new Uint8Array(body) } : {}),
  })
}
