import { type Random, shuffled } from './random.ts'
import type { Host, MeshFile } from './meshFile.ts'

/** Which hosts are sites and which play, as indices into the file's lists. */
export interface Split {
  readonly sites: readonly number[]
  readonly clients: readonly number[]
}

const heldOut = 0.2

/**
 * Where clients are sites too, a fifth of these hosts is held out: they play, and are no sites. Clients that are no sites
 * always play.
 */
export function splitOf({ sites, clients }: MeshFile, random: Random): Split {
  const twins = new Map(sites.map((site, index) => [keyOf(site), index]))
  const shared = [...clients.keys()].filter((client) => twins.has(keyOfAt(clients, client)))
  const others = [...clients.keys()].filter((client) => !twins.has(keyOfAt(clients, client)))
  const held = shuffled(shared, random).slice(0, Math.round(shared.length * heldOut))
  const gone = new Set(held.map((client) => twins.get(keyOfAt(clients, client))))
  return {
    sites: [...sites.keys()].filter((site) => !gone.has(site)),
    clients: [...held, ...others].sort((a, b) => a - b),
  }
}

const keyOf = ({ name, lat, lon }: Host): string => `${name}@${lat},${lon}`
const keyOfAt = (hosts: readonly Host[], index: number): string => {
  const host = hosts[index]
  return host === undefined ? '' : keyOf(host)
}
