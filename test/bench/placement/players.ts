import type { ProbeResult } from '../../../config/protocol/placement.ts'
import { estimateRttMs, distanceKm } from '../../../server/placement/distance.ts'
import type { Prior } from '../../../server/placement/prior.ts'
import { createSphere } from '../../../server/placement/sphere.ts'
import type { Random } from '../../link/random.ts'
import { anyAddress, type World } from './world.ts'

/** Somebody who wants to play, with what their browser has measured. */
export interface Player {
  readonly ip: string
  readonly titleId: string
  readonly probes: readonly ProbeResult[]
}

const probedSites = 16

/** Players at real addresses; each has probed one node of each of the nearest sites. */
export async function makePlayers(
  count: number,
  world: World,
  prior: Prior,
  random: Random,
): Promise<readonly Player[]> {
  const oneEach = new Map(world.nodes.map((node) => [node.siteId, { ...node, id: node.siteId }]))
  const sphere = createSphere<{
    readonly id: string
    readonly nodeId: string
    lat: number | null
    lon: number | null
  }>()
  for (const site of oneEach.values())
    if (site.lat !== null && site.lon !== null) sphere.put(site, { lat: site.lat, lon: site.lon })
  const players: Player[] = []
  while (players.length < count) {
    const addresses = Array.from({ length: 500 }, () => anyAddress(random))
    const places = await Promise.all(addresses.map((ip) => prior.lookup(ip)))
    for (const [index, place] of places.entries()) {
      const ip = addresses[index]
      if (place === null || ip === undefined || players.length === count) continue
      const near = sphere.nearest(place, { able: probedSites, others: 0 }, () => true).able
      const probes = near.map(({ nodeId, lat, lon }): ProbeResult => {
        const km = distanceKm(place, { lat: lat ?? 0, lon: lon ?? 0 })
        const rttMs = Math.round(estimateRttMs(km) * (0.8 + random() * 0.6))
        return { nodeId, rttMs, jitterMs: Math.round(random() * 4), samples: 3, via: 'stun' }
      })
      const titleId = world.titleIds[Math.floor(random() * world.titleIds.length)] ?? ''
      players.push({ ip, titleId, probes })
    }
  }
  return players
}
