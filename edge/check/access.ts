import type { CheckMeasures } from '../../config/protocol/check.ts'
import type { SeenCall } from '../sandbox/callWatch.ts'
import { insideHome } from '../sandbox/game.ts'

export type Access = NonNullable<CheckMeasures['access']>

const mostNamed = 16
const longestName = 200

/** Where a title may write: its own, or nothing that is kept. */
const ownPlaces = [insideHome, '/tmp', '/dev', '/proc', '/run/nearcade']
/**
 * What libraries that everybody uses try on every start, on a system without these folders too, and do without: caches of fonts, the
 * session's run folder.
 */
const librariesHabits = ['/usr/share/fonts', '/usr/local/share/fonts', '/var/cache/fontconfig', '/run/user']
/** Nobody's but the system's, and other people's. */
const others = [
  '/bin',
  '/boot',
  '/etc',
  '/home',
  '/lib',
  '/lib32',
  '/lib64',
  '/root',
  '/sbin',
  '/sys',
  '/usr',
]

const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/**
 * Where a write leads: `forbidden` is what is not the title's to write; `lost`, what is read-only here and would be anybody's guess on
 * another machine, such as its own build or a list of high scores under /var. Null: nowhere that matters. What would be changed and is
 * not there is no write but a look whether it is, such as that of a library for a device; and programs that make a folder make those
 * that it is in, too.
 */
export function placeOfWrite({ path, name, makes, exists }: SeenCall, buildFolder: string): Place | null {
  if (path === null || (name.startsWith('mkdir') ? exists : !makes && !exists)) return null
  if ([...ownPlaces, ...librariesHabits].some((place) => isIn(path, place))) return null
  if (isIn(path, buildFolder)) return 'lost'
  return exists || others.some((place) => isIn(path, place)) ? 'forbidden' : 'lost'
}
type Place = 'forbidden' | 'lost'

const [inet, inet6] = [2, 10]
const namePort = 53

/** Where an address leads, in words; null: it stays in the sandbox. @param address `struct sockaddr`, ip(7) and ipv6(7) */
export function wordsOfAddress(address: Buffer): string | null {
  if (address.length < 8) return null
  const family = address.readUInt16LE(0)
  const port = address.readUInt16BE(2)
  if (family === inet) return place([...address.subarray(4, 8)], port)
  if (family !== inet6 || address.length < 24) return null
  const bytes = address.subarray(8, 24)
  // ::ffff:a.b.c.d
  if (bytes.readUInt32BE(8) === 0xffff && bytes.subarray(0, 8).every((byte) => byte === 0))
    return place([...bytes.subarray(12)], port)
  if (bytes.subarray(0, 15).every((byte) => byte === 0)) return port === namePort ? nameLookup : null
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  return `[${words.join(':')}]:${port}`
}

const nameLookup = 'the address of a name (DNS)'

function place(bytes: readonly number[], port: number): string | null {
  // Without a list of name servers, the C library asks the machine itself (resolv.conf(5)).
  if (port === namePort) return nameLookup
  if (bytes[0] === 127 || bytes.every((byte) => byte === 0)) return null
  return `${bytes.join('.')}:${port}`
}

const outsideUrl = /^(?:https?|wss?|ftp):\/\/([^/?#]{1,190})/i

/** Whom a page asks; null: nobody but itself. */
export const wordsOfUrl = (url: string): string | null => outsideUrl.exec(url)?.[1] ?? null

/** What a title tried that no sandbox lets it. Each thing once, in the order in which it came. */
export function createAccessNotes(by: Access['by'], buildFolder: string) {
  const reached = new Set<string>()
  const wrote = { forbidden: new Set<string>(), lost: new Set<string>() }
  const note = (set: Set<string>, what: string | null): void => {
    if (what !== null && set.size < mostNamed) set.add(what.slice(0, longestName))
  }
  return {
    call(seen: SeenCall): void {
      if (seen.address !== null) note(reached, wordsOfAddress(seen.address))
      const where = placeOfWrite(seen, buildFolder)
      if (where !== null) note(wrote[where], seen.path)
    },
    request: (url: string): void => note(reached, wordsOfUrl(url)),
    found: (): Access => ({
      by,
      reached: [...reached],
      wrote: [...wrote.forbidden],
      lost: [...wrote.lost],
    }),
  }
}
