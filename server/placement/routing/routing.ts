import type { ProbeResult } from '../../../config/protocol/placement.ts'
import { unitHash } from '../hash.ts'
import type { Place, Prior } from '../prior.ts'
import type { Site } from '../site.ts'
import { probedSites } from '../siteViews.ts'
import type { NodeSnapshot } from '../snapshot.ts'
import type { History } from './history.ts'
import { createMeshRows } from './meshRows.ts'
import type { MeshTable } from './meshTable.ts'
import { prefixOf } from './prefix.ts'
import { estimates, firstRound, nextRound } from './rounds.ts'
import type { ClientHistory, Mesh, RttEstimate, SiteRtt } from './types.ts'

/** Who should be probed by whom, and how far everything is from everybody, by what was measured. */
export interface Routing {
  /** One node of each site to probe first; [] when nothing is to be learned by it. */
  targets(ip: string): Promise<readonly NodeSnapshot[]>
  /**
   * More nodes to probe.
   * @param results everything that this player has measured so far
   * @returns [] when the answer is in, or nothing came back
   */
  more(ip: string, results: readonly ProbeResult[]): Promise<readonly NodeSnapshot[]>
  /** By site id. Sites of which nothing is known have a null round trip. */
  estimatesFor(ip: string, probes: readonly ProbeResult[]): Promise<ReadonlyMap<string, RttEstimate>>
  /** Keeps a player's probes for others of the same network. Repeating them changes nothing. */
  learn(ip: string, results: readonly ProbeResult[]): Promise<void>
  /** Keeps the least round trip of a session that was played. */
  learnSession(ip: string, nodeId: string, rttMs: number): Promise<void>
  /** What a node has measured of its peers; null where one did not answer. */
  recordPings(fromNodeId: string, results: readonly { nodeId: string; rttMs: number | null }[]): void
  /** Stores what is not stored yet. */
  close(): Promise<void>
}

export interface RoutingContext {
  readonly fleet: {
    all(): readonly NodeSnapshot[]
    find(nodeId: string): NodeSnapshot | null
    /** The same array until a site comes or goes. */
    sites(): readonly Site[]
  }
  readonly prior: Prior
  readonly history: History
  readonly mesh: Mesh
  readonly clock: { now(): number }
}

/** Sites that one player probes, all rounds together. */
const budget = 16
/** Nodes come and go; a browser that probes one in vain loses little. */
const doorsForMs = 2_000

interface Seen {
  readonly table: MeshTable
  /** Nodes to probe, by site. */
  readonly doors: ReadonlyMap<string, readonly NodeSnapshot[]>
  readonly closed: ReadonlySet<string>
}

export function createRouting({ fleet, prior, history, mesh, clock }: RoutingContext): Routing {
  const rows = createMeshRows(mesh)
  let doors: {
    readonly value: Pick<Seen, 'doors' | 'closed'>
    readonly of: readonly Site[]
    readonly atMs: number
  } | null = null

  function see(): Seen {
    const nowMs = clock.now()
    const sites = fleet.sites()
    if (doors === null || doors.of !== sites || nowMs - doors.atMs > doorsForMs)
      doors = { value: doorsOf(sites, fleet.all()), of: sites, atMs: nowMs }
    return { table: rows.table(sites, nowMs), ...doors.value }
  }

  async function about(ip: string): Promise<{ place: Place | null; history: ClientHistory }> {
    const prefix = prefixOf(ip)
    const [place, known] = await Promise.all([prior.lookup(ip), prefix === null ? none : history.of(prefix)])
    return { place, history: known }
  }

  const bySite = (
    results: readonly ProbeResult[],
  ): { probed: readonly SiteRtt[]; unanswered: readonly string[] } => {
    const { answered, silent } = probedSites(results, (nodeId) => fleet.find(nodeId)?.siteId ?? null)
    return { probed: [...answered.values()], unanswered: [...silent] }
  }

  /** Players of one site spread over its nodes, and one player meets the same node again. */
  function nodesOf({ doors: nodes }: Seen, siteIds: readonly string[], ip: string): readonly NodeSnapshot[] {
    return siteIds.flatMap((siteId) => {
      const here = nodes.get(siteId) ?? []
      return here[Math.floor(unitHash(ip, siteId) * here.length)] ?? []
    })
  }

  return {
    async targets(ip) {
      const { place, history: known } = await about(ip)
      const seen = see()
      return nodesOf(seen, firstRound({ ...seen, place, history: known, budget }), ip)
    },

    async more(ip, results) {
      const { place, history: known } = await about(ip)
      const seen = see()
      return nodesOf(seen, nextRound({ ...seen, place, history: known, budget, ...bySite(results) }), ip)
    },

    async estimatesFor(ip, probes) {
      const { place, history: known } = await about(ip)
      return estimates({ table: see().table, place, history: known, probed: bySite(probes).probed })
    },

    async learn(ip, results) {
      const prefix = prefixOf(ip)
      if (prefix === null) return
      for (const { siteId, rttMs } of bySite(results).probed)
        await history.record(prefix, siteId, rttMs, 'probe', clock.now())
    },

    async learnSession(ip, nodeId, rttMs) {
      const prefix = prefixOf(ip)
      const siteId = fleet.find(nodeId)?.siteId ?? null
      if (prefix !== null && siteId !== null)
        await history.record(prefix, siteId, rttMs, 'session', clock.now())
    },

    recordPings(fromNodeId, results) {
      const from = fleet.find(fromNodeId)?.siteId ?? null
      if (from === null) return
      for (const { nodeId, rttMs } of results) {
        const to = fleet.find(nodeId)?.siteId ?? null
        if (to !== null && rttMs !== null) mesh.record(from, to, rttMs, clock.now())
      }
    },

    close: () => history.flush(),
  }
}

const none: ClientHistory = new Map()

function doorsOf(sites: readonly Site[], nodes: readonly NodeSnapshot[]): Pick<Seen, 'doors' | 'closed'> {
  const doors = new Map<string, NodeSnapshot[]>()
  for (const node of nodes) {
    if (node.beacon === null || node.draining) continue
    const here = doors.get(node.siteId)
    if (here === undefined) doors.set(node.siteId, [node])
    else here.push(node)
  }
  return { doors, closed: new Set(sites.flatMap(({ id }) => (doors.has(id) ? [] : id))) }
}
