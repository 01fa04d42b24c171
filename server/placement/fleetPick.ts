import type { Capability, FleetGroup, FleetSite } from './fleetSite.ts'
import { unitHash } from './hash.ts'
import type { NodeSnapshot } from './snapshot.ts'
import { mostTaken, titleOrder } from './warm.ts'

interface Pick {
  readonly title: { readonly id: string }
  readonly seed: string
  readonly refusedBy: ReadonlySet<string>
}

/**
 * The nodes of a site that a decision weighs: two that the session draws, so that the less used one can be taken, and the one that
 * keeps the title ready. Where none has a seat, one that says why.
 * @param nodes and `warm` are added to
 * @returns whether the site can take the player
 */
export function pickNodes(
  site: FleetSite,
  pick: Pick,
  canRun: (capability: Capability) => boolean,
  nodes: NodeSnapshot[],
  warm: Set<string>,
): boolean {
  const able = site.groups.filter((group) => canRun(group.capability))
  const isFree = (node: NodeSnapshot): boolean =>
    node.seatsFree > 0 && !node.draining && !pick.refusedBy.has(node.nodeId)
  const picked = new Set<NodeSnapshot>()
  const ready = readyNode(largest(able), pick.title.id)
  if (ready !== null && isFree(ready)) {
    picked.add(ready)
    warm.add(ready.nodeId)
  }
  const draw = unitHash(pick.seed, site.id)
  for (const one of [draw, (draw * draws) % 1]) {
    const node = drawFree(able, one, isFree)
    if (node !== null) picked.add(node)
  }
  for (const node of picked) nodes.push(node)
  if (picked.size > 0) return true
  const [witness] = (able[0] ?? site.groups[0])?.nodes ?? []
  if (witness !== undefined) nodes.push(witness)
  return false
}

/** Makes a second draw out of the digits that the first leaves over. */
const draws = 65_536

function largest(groups: readonly FleetGroup[]): FleetGroup | undefined {
  let most = groups[0]
  for (const group of groups) if (group.seats > (most?.seats ?? 0)) most = group
  return most
}

/** Every free seat is drawn about as often. */
function drawFree(
  groups: readonly FleetGroup[],
  draw: number,
  isFree: (node: NodeSnapshot) => boolean,
): NodeSnapshot | null {
  const free = groups.reduce((sum, { seatsFree }) => sum + seatsFree, 0)
  let seat = draw * free
  for (const [index, { nodes, seatsFree }] of groups.entries()) {
    if (seat >= seatsFree) {
      seat -= seatsFree
      continue
    }
    const found = freeFrom(nodes, Math.floor((seat / seatsFree) * nodes.length), isFree)
    if (found !== null) return found
    // All its seats are on nodes that have refused.
    return drawFree(groups.toSpliced(index, 1), draw, isFree)
  }
  return null
}

function freeFrom(
  nodes: readonly NodeSnapshot[],
  start: number,
  isFree: (node: NodeSnapshot) => boolean,
): NodeSnapshot | null {
  for (let step = 0; step < nodes.length; step++) {
    const node = nodes[(start + step) % nodes.length]
    if (node !== undefined && isFree(node)) return node
  }
  return null
}

/** Which slots of a group a title wants, in order; good for one version of the group. */
interface Orders {
  readonly version: number
  readonly byTitle: Map<string, readonly number[]>
}
const ordersOf = new WeakMap<FleetGroup, Orders>()

function orderFor(group: FleetGroup, titleId: string): readonly number[] {
  let orders = ordersOf.get(group)
  if (orders?.version !== group.version) {
    orders = { version: group.version, byTitle: new Map() }
    ordersOf.set(group, orders)
  }
  const known = orders.byTitle.get(titleId)
  if (known !== undefined) return known
  const order = titleOrder(
    titleId,
    group.nodes.map(({ nodeId, seats }, slot) => ({ nodeId, seats, slot })),
  ).map(({ slot }) => slot)
  orders.byTitle.set(titleId, order)
  return order
}

/** What `warmNode` chooses, with the order kept from one decision to the next. */
function readyNode(group: FleetGroup | undefined, titleId: string): NodeSnapshot | null {
  if (group === undefined) return null
  const { seats, seatsFree } = group
  const load = { seats, taken: seats - seatsFree }
  for (const slot of orderFor(group, titleId)) {
    const node = group.nodes[slot]
    if (node !== undefined && node.seats - node.seatsFree < mostTaken(node.seats, load)) return node
  }
  return null
}
