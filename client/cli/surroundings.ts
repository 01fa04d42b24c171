import path from 'node:path'
import { Fault } from './fault.ts'
import { readKeys } from './keyFile.ts'
import type { Pauses } from './patience.ts'
import { openRouter, type RouterApi } from './router.ts'

/** What the program is started with; tests bring their own. */
export interface Surroundings extends Pauses {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly cwd: string
  readonly stdin: NodeJS.ReadStream
  /** Threads that hash. */
  readonly threads: number
  /** Fires on ^C. */
  readonly signal: AbortSignal
}

/** XDG Base Directory Specification 0.8: relative paths in these variables are to be ignored. */
function baseFolder({ env, home }: Surroundings, name: string, usual: string): string {
  const set = env[name]
  return set !== undefined && path.isAbsolute(set) ? set : path.join(home, usual)
}

export const keyFileOf = (around: Surroundings): string =>
  path.join(baseFolder(around, 'XDG_CONFIG_HOME', '.config'), 'nearcade', 'keys.json')
export const cacheFolderOf = (around: Surroundings): string =>
  path.join(baseFolder(around, 'XDG_CACHE_HOME', '.cache'), 'nearcade', 'hashes')

export const usualServer = 'http://127.0.0.1:8080'

/** @throws Fault usage */
export function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url === null || !isHttp || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new Fault('usage', {
      code: 'bad-server',
      what: `${text} is no address of a router.`,
      next: 'Write one such as https://your.network',
    })
  return url.href.replace(/\/+$/, '')
}

/** Nobody on the way reads what is sent. */
const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)

export interface Member {
  readonly router: RouterApi
  readonly orgId: string
  readonly organisation: string
}

/**
 * The router and the key to work with: `--server`, `NEARCADE_SERVER` or where one signed in last; `NEARCADE_KEY` or what is kept for that server.
 * @param organisationOf asks a router whose key it is
 * @throws Fault no-key, no-server
 */
export async function memberOf(
  around: Surroundings,
  asked: string | undefined,
  organisationOf: (router: RouterApi) => Promise<{ readonly id: string; readonly name: string }>,
): Promise<Member> {
  const { env } = around
  const named = asked ?? env['NEARCADE_SERVER']
  const ownKey = env['NEARCADE_KEY']
  const keys =
    ownKey !== undefined && ownKey !== '' && named !== undefined ? null : await readKeys(keyFileOf(around))
  const server = serverUrl(named ?? keys?.current ?? usualServer)
  if (ownKey !== undefined && ownKey !== '') {
    if (named === undefined && !isSafe(new URL(server)))
      throw new Fault('usage', {
        code: 'no-server',
        what: `NEARCADE_KEY is set, and nobody said where to. It is not sent to ${server}, where you signed in last, for everybody on the way could read it.`,
        next: 'Set NEARCADE_SERVER, or write --server.',
      })
    const router = openRouter(server, ownKey)
    const { id, name } = await organisationOf(router)
    return { router, orgId: id, organisation: name }
  }
  const kept = keys?.servers[server]
  if (kept === undefined)
    throw new Fault('refused', {
      code: 'no-key',
      what: `There is no API key for ${server}.`,
      next: 'Run: npx nearcade login, or set NEARCADE_KEY.',
    })
  return { router: openRouter(server, kept.key), orgId: kept.orgId, organisation: kept.organisation }
}
