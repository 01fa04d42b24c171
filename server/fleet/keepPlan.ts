import { mostKept } from '../../config/protocol/nodeSocket.ts'
import { unitHash } from '../placement/hash.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import { keepReady } from '../placement/warm.ts'

/** What a plan needs to know of a node. */
export type KeepNode = Pick<NodeSnapshot, 'nodeId' | 'siteId' | 'seats' | 'titles' | 'ready' | 'draining'>

/** Titles that one site plans for: the rest are hardly played. */
const mostPlanned = 256

/** Nodes that can be given titles, by site. */
export function nodesBySite<Node extends KeepNode>(nodes: readonly Node[]): ReadonlyMap<string, Node[]> {
  const sites = new Map<string, Node[]>()
  for (const node of nodes) {
    if (node.draining || node.seats === 0) continue
    const here = sites.get(node.siteId)
    if (here === undefined) sites.set(node.siteId, [node])
    else here.push(node)
  }
  return sites
}

/**
 * Which titles each node of a site should keep ready, the most wanted first. A title is shared among the nodes that have it; one that
 * nobody plays is kept by one of them.
 * @param nodes of one site
 * @param sessions expected at once, by title
 */
export function keepPlan(
  nodes: readonly KeepNode[],
  sessions: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly string[]> {
  const kinds = kindsOf(nodes)
  const seatsWith = new Map<string, number>()
  for (const { titleIds, seats } of kinds)
    for (const titleId of titleIds) seatsWith.set(titleId, (seatsWith.get(titleId) ?? 0) + seats)
  const byWish = (a: string, b: string): number =>
    (sessions.get(b) ?? 0) - (sessions.get(a) ?? 0) || unitHash(a) - unitHash(b)
  const plan = new Map<string, readonly string[]>()
  for (const { titleIds, seats, nodes: alike } of kinds) {
    const titles = titleIds
      .toSorted(byWish)
      .slice(0, mostPlanned)
      .map((titleId) => ({
        titleId,
        sessions: ((sessions.get(titleId) ?? 0) * seats) / (seatsWith.get(titleId) ?? seats),
      }))
    for (const [nodeId, kept] of keepReady(titles, alike))
      plan.set(nodeId, kept.toSorted(byWish).slice(0, mostKept))
  }
  return plan
}

interface Kind {
  readonly titleIds: readonly string[]
  readonly nodes: KeepNode[]
  seats: number
}

/** Nodes with the same titles. */
function kindsOf(nodes: readonly KeepNode[]): readonly Kind[] {
  const kinds = new Map<string, Kind>()
  for (const node of nodes) {
    const titleIds = [...new Set(node.titles.map(({ id }) => id))].sort()
    const key = titleIds.join('\n')
    const kind = kinds.get(key) ?? { titleIds, nodes: [], seats: 0 }
    kinds.set(key, kind)
    kind.nodes.push(node)
    kind.seats += node.seats
  }
  return [...kinds.values()]
}
