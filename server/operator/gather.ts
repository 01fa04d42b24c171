import type { TitleManifest } from '../../config/protocol/title.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import { regionOf, seatClassOf } from '../queue/region.ts'
import type { StoredSession } from '../store/store.ts'
import type { NetworkFacts, SessionFacts, SiteFacts } from './facts.ts'

export interface Sources {
  readonly nodes: readonly NodeSnapshot[]
  readonly sessions: readonly StoredSession[]
  title(titleId: string): Pick<TitleManifest, 'display'> | null
  /** Where the player of a session is. */
  cellOf(sessionId: string): string | null
}

const unknownClass = 'unknown'

/** Puts together what the fleet and the sessions say of one moment. */
export function gather({ nodes, sessions, title, cellOf }: Sources, atMs: number): NetworkFacts {
  const classes = new Map<string, string>()
  const classOf = (titleId: string): string => {
    const known = classes.get(titleId)
    if (known !== undefined) return known
    const found = title(titleId)
    const name = found === null ? unknownClass : seatClassOf(found)
    classes.set(titleId, name)
    return name
  }
  const sites = new Map<string, SiteFacts>()
  const nodeSites = new Map<string, SiteFacts>()
  for (const node of nodes) {
    const site = grown(sites.get(node.siteId) ?? emptySite(node), node, classOf)
    sites.set(site.id, site)
    nodeSites.set(node.nodeId, site)
  }
  return {
    atMs,
    sites: [...sites.values()],
    sessions: sessions.flatMap((session) => factsOf(session, nodeSites, classOf, cellOf)),
  }
}

const emptySite = (node: NodeSnapshot): SiteFacts => ({
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

function grown(site: SiteFacts, node: NodeSnapshot, classOf: (titleId: string) => string): SiteFacts {
  const used = node.seats - node.seatsFree
  const usable = node.draining ? used : node.seats
  const seatsByClass = new Map(site.seatsByClass)
  if (!node.draining)
    for (const name of new Set(node.titles.map(({ id }) => classOf(id))))
      seatsByClass.set(name, (seatsByClass.get(name) ?? 0) + node.seats)
  return {
    ...site,
    nodes: site.nodes + 1,
    draining: site.draining + (node.draining ? 1 : 0),
    seats: site.seats + usable,
    seatsUsed: site.seatsUsed + used,
    seatsByClass,
  }
}

function factsOf(
  { id, state, titleId, placement }: StoredSession,
  nodeSites: ReadonlyMap<string, SiteFacts>,
  classOf: (titleId: string) => string,
  cellOf: (sessionId: string) => string | null,
): readonly SessionFacts[] {
  if (state.kind === 'ended') return []
  const inLine = state.kind === 'waiting' || state.kind === 'held'
  const seat = 'fence' in state ? (nodeSites.get(state.nodeId) ?? null) : null
  const chosen = placement?.candidates.find(({ nodeId }) => 'nodeId' in state && nodeId === state.nodeId)
  const region = inLine ? state.region : seat?.region
  // Before its first decision, or while its node is away, a session belongs nowhere.
  if (region === undefined) return []
  return [
    {
      id,
      region,
      seatClass: inLine ? state.seatClass : classOf(titleId),
      kind: state.kind,
      siteId: inLine ? null : (seat?.id ?? null),
      cellId: cellOf(id),
      rttMs: chosen?.rttMs ?? null,
      waitingSinceMs: inLine ? state.sinceMs : null,
    },
  ]
}
