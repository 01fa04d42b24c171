import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { BlockList, isIP } from 'node:net'
import path from 'node:path'
import type { Lookup } from 'geoip-lite'
import type { Prior } from './prior.ts'

/** Ranges that no database knows a place for (RFC 1918, 6598, 3927, 4193 and their like). */
const placeless4: readonly (readonly [net: number, bits: number])[] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0a80000, 16],
  [0xe0000000, 3],
]
const placeless6 = new BlockList()
for (const [net, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  placeless6.addSubnet(net, bits, 'ipv6')

/** Without `::ffff:`, which is how an IPv6 socket shows an IPv4 peer. */
export const plainAddress = (ip: string): string => ip.replace(/^::ffff:(?=\d+\.)/i, '')

export function isPublicAddress(ip: string): boolean {
  const family = isIP(ip)
  if (family !== 4) return family === 6 && !placeless6.check(ip, 'ipv6')
  // A BlockList takes longer for one address than the whole look-up.
  const address = ip.split('.').reduce((number, part) => number * 256 + Number(part), 0)
  return !placeless4.some(([net, bits]) => address >>> (32 - bits) === net >>> (32 - bits))
}

/**
 * The database that comes with geoip-lite. The first public address loads it: about 150 MB, and 0.3 s in which the router does nothing
 * else, once; one that only sees its own network never pays for it. A look-up then takes 4 us, a tenth of what asking a thread for it
 * costs both sides.
 */
export function createGeoPrior(): Prior {
  const require = createRequire(import.meta.url)
  const dataDate = dateOfData(require.resolve('geoip-lite'))
  let database: Database | null = null
  return {
    async lookup(address) {
      const ip = plainAddress(address)
      if (!isPublicAddress(ip)) return null
      database ??= load(require)
      const found = database.lookup(ip)
      if (found === null) return null
      const { ll, area, country } = found
      return {
        lat: ll[0],
        lon: ll[1],
        accuracyKm: area,
        country,
        source: 'geoip-lite',
        dataDate: await dataDate,
      }
    },
    async close() {},
  }
}

interface Database {
  lookup(ip: string): Pick<Lookup, 'll' | 'area' | 'country'> | null
}

/** Without its files nobody's place is known, and games are played all the same. */
function load(require: NodeJS.Require): Database {
  try {
    return require('geoip-lite') as Database
  } catch {
    return { lookup: () => null }
  }
}

/** The package dates its data by its own version alone. */
async function dateOfData(file: string): Promise<string> {
  const manifest = path.join(path.dirname(file), '..', 'package.json')
  const text = await readFile(manifest, 'utf8').catch(() => '{}')
  const { version } = JSON.parse(text) as { version?: string }
  return version === undefined ? 'unknown' : `geoip-lite ${version}`
}
