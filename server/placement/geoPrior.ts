import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { BlockList, isIP } from 'node:net'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Lookup } from 'geoip-lite'
import type { Prior } from './prior.ts'

const patienceMs = 1500

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

/** Plain CommonJS text, so that it runs the same from source and from a bundle. Flat arrays, because objects cost more than look-ups. */
const workerCode = `
const { parentPort, workerData } = require('node:worker_threads')
const geo = require(workerData)
parentPort.on('message', ({ from, ips }) => {
  const found = ips.split(' ').map((ip) => geo.lookup(ip))
  const figures = new Float64Array(found.length * 3)
  for (const [index, place] of found.entries())
    figures.set(place ? [place.ll[0], place.ll[1], place.area] : [NaN, NaN, NaN], index * 3)
  parentPort.postMessage({ from, figures, countries: found.map((place) => place && place.country).join(' ') })
})
`

interface Found {
  readonly lat: Lookup['ll'][0]
  readonly lon: Lookup['ll'][1]
  readonly accuracyKm: Lookup['area']
  readonly country: Lookup['country']
}
interface Answers {
  /** Number of the first question. */
  readonly from: number
  /** Latitude, longitude and radius of each; NaN for none. */
  readonly figures: Float64Array
  readonly countries: string
}

/**
 * The database that comes with geoip-lite. It takes about 140 MB and half a second to load, so it lives in a worker that
 * starts with the first public address; a router that only sees its own network never pays for it.
 */
export function createGeoPrior(): Prior {
  const file = createRequire(import.meta.url).resolve('geoip-lite')
  const waiting = new Map<number, (found: Found | null) => void>()
  let unsent: string[] = []
  let worker: Worker | null = null
  let lastId = 0
  let closed = false
  let dataDate: Promise<string> | null = null

  function giveUp(): void {
    for (const settle of [...waiting.values()]) settle(null)
  }

  function start(): Worker {
    const started = new Worker(workerCode, { eval: true, workerData: file, execArgv: [] })
    started.unref()
    started.on('message', ({ from, figures, countries }: Answers) => {
      for (const [index, country] of countries.split(' ').entries()) {
        const at = index * 3
        const [lat = Number.NaN, lon = 0, accuracyKm = 0] = [figures[at], figures[at + 1], figures[at + 2]]
        waiting.get(from + index)?.(Number.isNaN(lat) ? null : { lat, lon, accuracyKm, country })
      }
    })
    const gone = (): void => {
      giveUp()
      if (worker === started) worker = null
    }
    started.on('error', gone)
    started.on('exit', gone)
    return started
  }

  /** In one message for all that one turn of the event loop asks: a message costs more than a look-up. */
  function send(): void {
    if (closed) return
    worker ??= start()
    worker.postMessage({ from: lastId - unsent.length + 1, ips: unsent.join(' ') })
    unsent = []
  }

  function ask(ip: string): Promise<Found | null> {
    const id = ++lastId
    return new Promise<Found | null>((resolve) => {
      const timer = setTimeout(() => settle(null), patienceMs)
      const settle = (found: Found | null): void => {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(found)
      }
      waiting.set(id, settle)
      if (unsent.length === 0) setImmediate(send)
      unsent.push(ip)
    })
  }

  return {
    async lookup(address) {
      const ip = plainAddress(address)
      if (!isPublicAddress(ip)) return null
      const found = await ask(ip)
      dataDate ??= dateOfData(file)
      return found === null ? null : { ...found, source: 'geoip-lite', dataDate: await dataDate }
    },
    async close() {
      closed = true
      await worker?.terminate()
      giveUp()
    },
  }
}

/** The package dates its data by its own version alone. */
async function dateOfData(file: string): Promise<string> {
  const manifest = path.join(path.dirname(file), '..', 'package.json')
  const text = await readFile(manifest, 'utf8').catch(() => '{}')
  const { version } = JSON.parse(text) as { version?: string }
  return version === undefined ? 'unknown' : `geoip-lite ${version}`
}
