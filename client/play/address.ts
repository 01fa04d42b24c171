import * as z from 'zod/mini'
import { id, titleId } from '../../config/protocol/ids.ts'

export interface PlayAddress {
  /** Null for an address that names no title. */
  readonly titleId: string | null
  readonly autostart: boolean
  readonly sessionId: string | null
}

/** `/play/<titleId>?autostart=1&session=<id>` */
export function parseAddress(pathname: string, search: string): PlayAddress {
  const name = /^\/play\/([^/]+)\/?$/.exec(pathname)?.[1] ?? ''
  const parameters = new URLSearchParams(search)
  const session = parameters.get('session')
  return {
    titleId: z.safeParse(titleId, name).success ? name : null,
    autostart: parameters.get('autostart') === '1',
    sessionId: session !== null && z.safeParse(id, session).success ? session : null,
  }
}
