import type { TitleManifest } from '../../config/protocol/title.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import { regionOf, seatClassOf } from '../queue/region.ts'
import type { StoredSession } from '../store/store.ts'
import { count, emptyTally, type NetworkFacts, type SessionFacts, type SiteFacts } from './facts.ts'

export interface Sources {
  readonly nodes: readonly NodeSnapshot[]
  readonly sessions: readonly StoredSession[]
  title(titleId: string): Pick<TitleManifest, 'display'> | null
  /** Where the player of a session is. */
  cellOf(sessionId: string): string | null
}

const unknownClass = 'unknown'
/** Nodes or sessions between two rests: about a millisecond of work, so that decisions beside it do not wait. */
const atOnce = 1_000

/** Puts together what the fleet and the sessions say of one moment. @param rest lets other work go on */
export async function gather(
  { nodes, sessions, title, cellOf }: Sources,
  atMs: number,
  rest: () => Promise<unknown>,
): Promise<NetworkFacts> {
  const classes = new Map<string, string>()
  const classOf = (titleId: string): string => {
    const known = classes.get(titleId)
    if (known !== undefined) return known
    const found = title(titleId)
    const name = found === null ? unknownClass : seatClassOf(found)
    classes.set(titleId, name)
    return name
  }
  const sites = new Map<string, Growing>()
  const nodeSites = new Map<string, Growing>()
  for (const [index, node] of nodes.entries()) {
    if (index % atOnce === atOnce - 1) await rest()
    let site = sites.get(node.siteId)
    if (site === undefined) {
      site = emptySite(node)
      sites.set(node.siteId, site)
    }
    grow(site, node, classOf)
    nodeSites.set(node.nodeId, site)
  }
  const tally = emptyTally()
  for (const [index, session] of sessions.entries()) {
    if (index % atOnce === atOnce - 1) await rest()
    const facts = factsOf(session, nodeSites, classOf, cellOf)
    if (facts !== null) count(tally, facts)
  }
  return { atMs, sites: [...sites.values()], tally }
}

/** While it is put together. */
interface Growing extends SiteFacts {
  nodes: number
  draining: number
  seats: number
  seatsUsed: number
  readonly seatsByClass: Map<string, number>
}

const emptySite = (node: NodeSnapshot): Growing => ({
  id: node.siteId,
  name: node.siteName,
  lat: node.lat,
  lon: node.lon,
  region: regionOf(node),
  nodes: 0,
  draining: 0,
  seats: 0,
  seatsUsed: 0,
  seatsByClass: new Map(),
})

function grow(site: Growing, node: NodeSnapshot, classOf: (titleId: string) => string): void {
  const used = node.seats - node.seatsFree
  site.nodes += 1
  site.seatsUsed += used
  if (node.draining) {
    site.draining += 1
    site.seats += used
    return
  }
  site.seats += node.seats
  for (const name of new Set(node.titles.map(({ id }) => classOf(id))))
    site.seatsByClass.set(name, (site.seatsByClass.get(name) ?? 0) + node.seats)
}

/** Null for a session that belongs nowhere: before its first decision, or while its node is away. */
function factsOf(
  { id, state, titleId, placement }: StoredSession,
  nodeSites: ReadonlyMap<string, SiteFacts>,
  classOf: (titleId: string) => string,
  cellOf: (sessionId: string) => string | null,
): SessionFacts | null {
  if (state.kind === 'waiting' || state.kind === 'held') {
    const { region, seatClass, sinceMs } = state
    return { region, seatClass, siteId: null, cellId: cellOf(id), rttMs: null, waitingSinceMs: sinceMs }
  }
  const site = 'fence' in state ? nodeSites.get(state.nodeId) : undefined
  if (site === undefined) return null
  const chosen = placement?.candidates.find(({ nodeId }) => 'nodeId' in state && nodeId === state.nodeId)
  return {
    region: site.region,
    seatClass: classOf(titleId),
    siteId: site.id,
    cellId: cellOf(id),
    rttMs: chosen?.rttMs ?? null,
    waitingSinceMs: null,
  }
}
