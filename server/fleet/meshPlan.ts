import { distanceKm } from '../placement/distance.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'

/** What a plan needs to know of a node. */
export type MeshNode = Pick<NodeSnapshot, 'nodeId' | 'siteId' | 'lat' | 'lon' | 'beacon' | 'draining'>

/**
 * One node of each site that can be pinged, by site id: the one that has been there longest, so that a mesh is not measured from
 * a machine that is gone tomorrow.
 * @param nodes the longest there first
 */
export function representatives<Node extends MeshNode>(nodes: readonly Node[]): readonly Node[] {
  const first = new Map<string, Node>()
  for (const node of nodes)
    if (node.beacon !== null && !node.draining && !first.has(node.siteId)) first.set(node.siteId, node)
  return [...first.values()].sort((a, b) => (a.siteId < b.siteId ? -1 : 1))
}

/**
 * Whom a representative measures in a round: all others where they are few; else the nearest, and of the rest a part that is
 * another one in each round, until everybody was measured from both ends.
 * @param all one a site, in the order of their sites
 * @param round counts up
 */
export function peersOf<Node extends MeshNode>(
  own: Node,
  all: readonly Node[],
  round: number,
  most: number,
): readonly Node[] {
  const index = all.findIndex(({ siteId }) => siteId === own.siteId)
  // From the next site on, so that those who measure at the same time do not all measure the same ones.
  const others = [...all.slice(index + 1), ...all.slice(0, Math.max(0, index))]
  if (others.length <= most) return others
  const near = new Set(nearest(own, others, Math.ceil(most / 2)))
  const far = others.filter((other) => !near.has(other))
  const turn = most - near.size
  const from = (round * turn) % far.length
  return [...near, ...[...far, ...far].slice(from, from + turn)]
}

function nearest<Node extends MeshNode>(own: Node, others: readonly Node[], count: number): Node[] {
  return others
    .map((node) => ({ node, km: kmBetween(own, node) ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => a.km - b.km)
    .slice(0, count)
    .filter(({ km }) => km < Number.POSITIVE_INFINITY)
    .map(({ node }) => node)
}

/** Null where one of them does not say where it is. */
export function kmBetween(a: MeshNode, b: MeshNode): number | null {
  if (a.lat === null || a.lon === null || b.lat === null || b.lon === null) return null
  return distanceKm({ lat: a.lat, lon: a.lon }, { lat: b.lat, lon: b.lon })
}
