import * as z from 'zod/mini'
import { eventToken } from '../../config/protocol/events.ts'
import { id, titleId } from '../../config/protocol/ids.ts'
import { testToken } from '../../config/protocol/publishing.ts'

export interface PlayAddress {
  /** Null for an address that names no title. */
  readonly titleId: string | null
  /** Of a private link to what is staged, which names its title by itself. */
  readonly testToken: string | null
  /** Of an event's link. */
  readonly eventToken: string | null
  readonly autostart: boolean
  /** `new=1`: a session that already runs is left alone. */
  readonly fresh: boolean
  readonly sessionId: string | null
  /** The party that led here. */
  readonly party: string | null
}

/** `/test/<testToken>`, or `/play/<titleId>?autostart=1&session=<id>&party=<code>`, or `&new=1` for a new session beside the one that runs, or `?event=<token>` for an event's seat. */
export function parseAddress(pathname: string, search: string): PlayAddress {
  const name = /^\/play\/([^/]+)\/?$/.exec(pathname)?.[1] ?? ''
  const token = /^\/test\/([^/]+)\/?$/.exec(pathname)?.[1] ?? ''
  const parameters = new URLSearchParams(search)
  const session = parameters.get('session')
  return {
    titleId: z.safeParse(titleId, name).success ? name : null,
    testToken: z.safeParse(testToken, token).success ? token : null,
    eventToken: z.safeParse(eventToken, parameters.get('event')).success ? parameters.get('event') : null,
    autostart: parameters.get('autostart') === '1',
    fresh: parameters.get('new') === '1',
    sessionId: idOf(session),
    party: idOf(parameters.get('party')),
  }
}

const idOf = (text: string | null): string | null =>
  text !== null && z.safeParse(id, text).success ? text : null
