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
 * @param own index into `all`
 * @param all one a site, in the order of their sites
 * @param round counts up
 */
export function peersOf<Node extends MeshNode>(
  own: number,
  all: readonly Node[],
  round: number,
  most: number,
): readonly Node[] {
  const others = all.length - 1
  // From the next site on, so that those who measure at the same time do not all measure the same ones.
  const at = (turn: number): Node | undefined => all[(own + 1 + turn) % all.length]
  const turns: number[] = []
  if (others <= most) for (let turn = 0; turn < others; turn++) turns.push(turn)
  else {
    const near = nearest(own, all, Math.ceil(most / 2))
    const nearTurns = near.toSorted((a, b) => a - b)
    const farTurns = others - near.length
    const count = most - near.length
    turns.push(...near)
    for (let far = 0; far < count; far++) {
      let turn = (round * count + far) % farTurns
      for (const taken of nearTurns) if (taken <= turn) turn += 1
      turns.push(turn)
    }
  }
  return turns.flatMap((turn) => at(turn) ?? [])
}

/** A degree of latitude, a little less than it is. */
const leastKmPerDegree = 111

/** The nearest first, of equals the first to come; as turns from the next site on. */
function nearest(own: number, all: readonly MeshNode[], count: number): readonly number[] {
  const from = all[own]
  const found: { turn: number; km: number }[] = []
  let mostKm = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < all.length - 1; turn++) {
    const to = all[(own + 1 + turn) % all.length]
    if (from?.lat === undefined || from.lat === null || to === undefined || to.lat === null) continue
    if (Math.abs(to.lat - from.lat) * leastKmPerDegree > mostKm) continue
    const km = kmBetween(from, to)
    if (km === null || km >= mostKm) continue
    const before = found.findIndex((other) => other.km > km)
    found.splice(before === -1 ? found.length : before, 0, { turn, km })
    if (found.length > count) found.pop()
    if (found.length === count) mostKm = found.at(-1)?.km ?? mostKm
  }
  return found.map(({ turn }) => turn)
}

/** Null where one of them does not say where it is. */
export function kmBetween(a: MeshNode, b: MeshNode): number | null {
  if (a.lat === null || a.lon === null || b.lat === null || b.lon === null) return null
  return distanceKm({ lat: a.lat, lon: a.lon }, { lat: b.lat, lon: b.lon })
}
