import { createMesh } from '../../../server/placement/routing/mesh.ts'
import { type MeshTable, meshTable } from '../../../server/placement/routing/meshTable.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import type { MeshFile } from './meshFile.ts'
import type { Split } from './split.ts'

/** One split as the router sees it, and the network that it cannot see. */
export interface World {
  readonly file: MeshFile
  readonly split: Split
  /** Site ids are indices into the file's sites. */
  readonly table: MeshTable
  /** One a site, named like it and otherwise all alike. */
  readonly nodes: readonly NodeSnapshot[]
}
export interface Choice {
  /** Index into the file's sites. */
  readonly site: number
  readonly probes: number
}

export const nowMs = 1_800_000_000_000

/** The product's mesh, told what the sites have measured between them: held-out hosts are not in it. */
export function worldOf(file: MeshFile, split: Split): World {
  const mesh = createMesh({ now: () => nowMs })
  for (const a of split.sites)
    for (const b of split.sites) {
      const rttMs = file.siteToSite.min[a]?.[b] ?? null
      if (rttMs !== null) mesh.record(String(a), String(b), rttMs, nowMs)
    }
  const sites = split.sites.map((site) => {
    const { lat = null, lon = null } = file.sites[site] ?? {}
    return { id: String(site), lat, lon }
  })
  const nodes = sites.map(
    ({ id, lat, lon }): NodeSnapshot => ({
      nodeId: id,
      siteId: id,
      siteName: id,
      lat,
      lon,
      draining: false,
      seats: 1,
      seatsFree: 1,
      titles: [{ id: 'game', version: '1.0.0' }],
      ready: [],
      codecs: ['h264'],
      beacon: null,
      country: null,
      trust: null,
      encodeP95Ms: null,
      gpu: null,
      packages: { installing: [], faults: [] },
      centsPerHour: null,
    }),
  )
  return { file, split, table: meshTable(sites, mesh), nodes }
}

const truthMs = ({ file }: World, client: number, site: number): number =>
  file.clientToSite.min[client]?.[site] ?? Number.POSITIVE_INFINITY

/** What a choice costs over the best site, by the true minima. */
export const regretMs = (world: World, client: number, { site }: Choice): number =>
  truthMs(world, client, site) - truthMs(world, client, oracle(world, client).site)

/** The best there is. */
export function oracle(world: World, client: number): Choice {
  let best = -1
  for (const site of world.split.sites)
    if (truthMs(world, client, site) < truthMs(world, client, best)) best = site
  return { site: best, probes: 0 }
}
