import { distanceKm, type Point } from './distance.ts'
import type { NodeSnapshot } from './snapshot.ts'

/** 16 nearest and a probe came within 0.8 ms of the best site on average; few browsers like more peers at once. */
const nearest = 16
/** Far ones too, for players whose address says the wrong place. */
const anchors = 4

/**
 * The nodes that a browser should probe. Where the player is, is only asked when there are more than enough nodes.
 * @param locate null when nobody knows
 */
export async function shortlist(
  nodes: readonly NodeSnapshot[],
  locate: () => Promise<Point | null>,
): Promise<readonly NodeSnapshot[]> {
  const able = nodes.filter(({ beacon, draining }) => beacon !== null && !draining)
  if (able.length <= nearest + anchors) return able
  return pickSpread(able, await locate())
}

/** Pure part: the nearest ones, then anchors that are each as far as possible from all picked so far. */
export function pickSpread(nodes: readonly NodeSnapshot[], playerAt: Point | null): readonly NodeSnapshot[] {
  const byDistance = [...nodes].sort(
    (a, b) => kmTo(a, playerAt) - kmTo(b, playerAt) || (a.nodeId < b.nodeId ? -1 : 1),
  )
  const picked = byDistance.slice(0, nearest)
  const rest = byDistance.slice(nearest).filter(({ lat, lon }) => lat !== null && lon !== null)
  while (picked.length < nearest + anchors && rest.length > 0) {
    const gaps = rest.map((node) => Math.min(...picked.map((other) => kmTo(node, pointOf(other)))))
    const [farthest] = rest.splice(gaps.indexOf(Math.max(...gaps)), 1)
    if (farthest !== undefined) picked.push(farthest)
  }
  return picked
}

const pointOf = ({ lat, lon }: NodeSnapshot): Point | null =>
  lat !== null && lon !== null ? { lat, lon } : null

/** A place that nobody knows counts as half around the world. */
const unknownKm = 20_000

function kmTo(node: NodeSnapshot, other: Point | null): number {
  const own = pointOf(node)
  return own === null || other === null ? unknownKm : distanceKm(own, other)
}
