import type { Prior } from '../../../server/placement/prior.ts'
import { createFleetIndex, type FleetIndex } from '../../../server/placement/fleetIndex.ts'
import { siteIdOf } from '../../../server/placement/site.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import type { Random } from '../../link/random.ts'

export interface World {
  readonly nodes: readonly NodeSnapshot[]
  readonly titleIds: readonly string[]
}

export interface WorldShape {
  readonly nodes: number
  readonly sites: number
  readonly seatsPerNode: number
  /** Share of seats that are taken already. */
  readonly fill: number
}

const titleIds = Array.from({ length: 24 }, (_, index) => `title-${index}`)

/** A public IPv4 address, evenly drawn. */
export function anyAddress(random: Random): string {
  for (;;) {
    const parts = [1, 2, 3, 4].map(() => Math.floor(random() * 256))
    const [first = 0, second = 0] = parts
    const reserved = first === 0 || first === 10 || first === 127 || first >= 224
    if (!reserved && !(first === 172 && second >> 4 === 1) && !(first === 192 && second === 168))
      return parts.join('.')
  }
}

/** Sites stand where addresses do, nodes at any of them: a few sites are large, most small. */
export async function buildWorld(
  shape: WorldShape,
  prior: Prior,
  random: Random,
  progress: (text: string) => void,
): Promise<World> {
  const places = new Map<string, { siteName: string; lat: number; lon: number; country: string }>()
  while (places.size < shape.sites) {
    progress(`placing sites: ${places.size} of ${shape.sites}`)
    const found = await Promise.all(Array.from({ length: 500 }, () => prior.lookup(anyAddress(random))))
    for (const place of found) {
      if (place === null || places.size === shape.sites) continue
      const { lat, lon, country } = place
      // Many addresses share their country's middle; sites there stand a little apart.
      const at = { lat: lat + (random() - 0.5) / 10, lon: lon + (random() - 0.5) / 10, country }
      const siteName = `${country} ${places.size}`
      places.set(siteName, { siteName, ...at })
    }
  }
  const sites = [...places.values()]
  const nodes = Array.from({ length: shape.nodes }, (_, number): NodeSnapshot => {
    const pick = number < sites.length ? number : Math.floor(random() ** 2 * sites.length)
    const site = sites[pick] ?? sites[0]
    if (site === undefined) throw new Error('there are no sites')
    const kind = number % 3
    const taken = Array.from({ length: shape.seatsPerNode }, () => random() < shape.fill).filter(
      Boolean,
    ).length
    return {
      nodeId: `node-${String(number).padStart(6, '0')}`,
      siteId: siteIdOf(site),
      ...site,
      draining: false,
      seats: shape.seatsPerNode,
      seatsFree: shape.seatsPerNode - taken,
      titles: titleIds
        .filter((_title, title) => kind === 0 || title % 3 !== kind)
        .map((id) => ({ id, version: '1.0.0' })),
      ready: [],
      codecs: kind === 2 ? ['h264', 'vp8', 'av1'] : ['h264', 'vp8'],
      beacon: null,
      trust: kind === 1 ? 'verified' : 'operator',
      encodeP95Ms: 6 + Math.floor(random() * 8),
      gpu: null,
      packages: { installing: [], faults: [] },
      centsPerHour: 20 + Math.floor(random() * 60),
    }
  })
  return { nodes, titleIds }
}

/** The fleet as all nodes first describe themselves. */
export function openIndex({ nodes }: World): FleetIndex {
  const index = createFleetIndex()
  for (const node of nodes) index.put(node)
  return index
}
