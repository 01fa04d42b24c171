import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { BlockList, isIP } from 'node:net'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Lookup } from 'geoip-lite'
import type { Place, Prior } from './prior.ts'

const patienceMs = 1500

/** Ranges that no database knows a place for (RFC 1918, 6598, 3927, 4193 and their like). */
const placeless = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  placeless.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  placeless.addSubnet(net, bits, 'ipv6')

/** Without `::ffff:`, which is how an IPv6 socket shows an IPv4 peer. */
export const plainAddress = (ip: string): string => ip.replace(/^::ffff:(?=\d+\.)/i, '')

export function isPublicAddress(ip: string): boolean {
  const family = isIP(ip)
  return family !== 0 && !placeless.check(ip, family === 4 ? 'ipv4' : 'ipv6')
}

/** Plain CommonJS text, so that it runs the same from source and from a bundle. */
const workerCode = `
const { parentPort, workerData } = require('node:worker_threads')
const geo = require(workerData)
const find = ({ id, ip }) => {
  const found = geo.lookup(ip)
  return { id, found: found && { ll: found.ll, country: found.country, area: found.area } }
}
parentPort.on('message', (asked) => parentPort.postMessage(asked.map(find)))
`

type Found = Pick<Lookup, 'll' | 'country' | 'area'>
interface Asked {
  readonly id: number
  readonly ip: string
}

/**
 * The database that comes with geoip-lite. It takes about 140 MB and half a second to load, so it lives in a worker that
 * starts with the first public address; a router that only sees its own network never pays for it.
 */
export function createGeoPrior(): Prior {
  const file = createRequire(import.meta.url).resolve('geoip-lite')
  const waiting = new Map<number, (found: Found | null) => void>()
  let unsent: Asked[] = []
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
    started.on('message', (answers: readonly { id: number; found: Found | null }[]) => {
      for (const { id, found } of answers) waiting.get(id)?.(found)
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
    worker.postMessage(unsent)
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
      unsent.push({ id, ip })
    })
  }

  return {
    async lookup(address) {
      const ip = plainAddress(address)
      if (!isPublicAddress(ip)) return null
      const found = await ask(ip)
      dataDate ??= dateOfData(file)
      return found === null ? null : toPlace(found, await dataDate)
    },
    async close() {
      closed = true
      await worker?.terminate()
      giveUp()
    },
  }
}

const toPlace = ({ ll: [lat, lon], country, area }: Found, dataDate: string): Place => ({
  lat,
  lon,
  country,
  accuracyKm: area,
  source: 'geoip-lite',
  dataDate,
})

/** The package dates its data by its own version alone. */
async function dateOfData(file: string): Promise<string> {
  const manifest = path.join(path.dirname(file), '..', 'package.json')
  const text = await readFile(manifest, 'utf8').catch(() => '{}')
  const { version } = JSON.parse(text) as { version?: string }
  return version === undefined ? 'unknown' : `geoip-lite ${version}`
}
