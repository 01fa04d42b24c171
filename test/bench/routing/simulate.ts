import { distanceKm } from '../../../server/placement/distance.ts'
import { createHistory } from '../../../server/placement/routing/history.ts'
import { createMesh } from '../../../server/placement/routing/mesh.ts'
import { type MeshTable, meshTable } from '../../../server/placement/routing/meshTable.ts'
import { estimates, firstRound, nextRound } from '../../../server/placement/routing/rounds.ts'
import type { Tuning } from '../../../server/placement/routing/tuning.ts'
import type { ClientHistory, SiteRtt, Whereabouts } from '../../../server/placement/routing/types.ts'
import type { HistoryStore } from '../../../server/store/store.ts'
import type { MeshFile } from './meshFile.ts'
import { probeOf } from './players.ts'
import type { Random } from './random.ts'
import type { Split } from './split.ts'

/** One split as the router sees it, and the network that it cannot see. */
export interface World {
  readonly file: MeshFile
  readonly split: Split
  readonly table: MeshTable
}
export interface Choice {
  /** Index into the file's sites. */
  readonly site: number
  readonly probes: number
}

const day = 86_400_000
const nowMs = 1_800_000_000_000
const budget = 16
/** Earlier visits from the player's network, one a day. */
const earlierVisits = 3

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
  return { file, split, table: meshTable(sites, mesh) }
}

/** The sites with an answer to this client. */
const reachable = ({ file, split }: World, client: number): readonly number[] =>
  split.sites.filter((site) => (file.clientToSite.min[client]?.[site] ?? null) !== null)

export function nearestByPlace(
  world: World,
  client: number,
  place: Whereabouts,
  probes: number,
  random: Random,
): Choice {
  const kmOf = (site: number): number => {
    const { lat = 0, lon = 0 } = world.file.sites[site] ?? {}
    return distanceKm({ lat, lon }, place)
  }
  const nearest = [...reachable(world, client)].sort((a, b) => kmOf(a) - kmOf(b))
  if (probes === 0) return { site: nearest[0] ?? -1, probes: 0 }
  const measured = nearest
    .slice(0, probes)
    .map((site) => ({
      site,
      rttMs: probeOf(world.file, client, site, random)?.rttMs ?? Number.POSITIVE_INFINITY,
    }))
    .sort((a, b) => a.rttMs - b.rttMs)
  return { site: measured[0]?.site ?? -1, probes: measured.length }
}

interface Visit extends Choice {
  readonly probed: readonly SiteRtt[]
}

/** What one visit does: rounds of probes as the product names them, then the best of the product's estimates. */
function visit(
  { file, table }: World,
  client: number,
  place: Whereabouts,
  history: ClientHistory,
  most: number,
  random: Random,
  tuning?: Tuning,
): Visit {
  const probed: SiteRtt[] = []
  const unanswered: string[] = []
  const input = { table, place, history, budget: most, closed: new Set<string>() }
  let named = firstRound(input, tuning)
  while (named.length > 0) {
    for (const siteId of named) {
      const measured = probeOf(file, client, Number(siteId), random)
      if (measured === null) unanswered.push(siteId)
      else probed.push({ siteId, ...measured })
    }
    named = nextRound({ ...input, probed, unanswered }, tuning)
  }
  let site = -1
  let bestMs = Number.POSITIVE_INFINITY
  for (const [siteId, { rttMs }] of estimates({ table, place, history, probed }, tuning))
    if (rttMs !== null && rttMs < bestMs) {
      site = Number(siteId)
      bestMs = rttMs
    }
  return { site, probes: probed.length + unanswered.length, probed }
}

export const ours = (
  world: World,
  client: number,
  place: Whereabouts,
  random: Random,
  tuning?: Tuning,
): Choice => visit(world, client, place, new Map(), budget, random, tuning)

/** The same with half the probes, for a network from which others have played on the days before, also with half the probes. */
export async function oursWithHistory(
  world: World,
  client: number,
  place: Whereabouts,
  random: Random,
  tuning?: Tuning,
): Promise<Choice> {
  let clockMs = nowMs - earlierVisits * day
  const history = createHistory(noStore, { now: () => clockMs })
  for (let earlier = 0; earlier < earlierVisits; earlier++) {
    const { site, probed } = visit(world, client, place, await history.of(prefix), budget / 2, random, tuning)
    for (const { siteId, rttMs } of probed) await history.record(prefix, siteId, rttMs, 'probe', clockMs)
    const played = probeOf(world.file, client, site, random)
    if (played !== null) await history.record(prefix, String(site), played.rttMs, 'session', clockMs)
    clockMs += day
  }
  return visit(world, client, place, await history.of(prefix), budget / 2, random, tuning)
}

const prefix = '203.0.113.0/24'
const noStore: HistoryStore = {
  of: async () => [],
  put: async () => {},
  forget: async () => {},
}

/** The best there is, by the true minima. */
export function oracle(world: World, client: number): Choice {
  const [site = -1] = [...reachable(world, client)].sort(
    (a, b) => regretMs(world, client, a) - regretMs(world, client, b),
  )
  return { site, probes: 0 }
}

/** What the choice costs over the best site, by the network's true minima. */
export function regretMs(world: World, client: number, chosen: number): number {
  const truth = (site: number): number =>
    world.file.clientToSite.min[client]?.[site] ?? Number.POSITIVE_INFINITY
  return truth(chosen) - Math.min(...reachable(world, client).map(truth))
}
