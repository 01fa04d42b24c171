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
 * The nodes of a site that a decision weighs: the one that the title wants, ready if one is, and one that the session draws, or two
 * drawn ones, of which the less used can be taken. Where none has a seat, one that says why.
 * @param nodes and `warm`, those that keep the title ready, are added to
 * @returns whether the site can take the player
 */
export function pickNodes(
  site: FleetSite,
  pick: Pick,
  canRun: (capability: Capability) => boolean,
  nodes: NodeSnapshot[],
  warm: Set<string>,
): boolean {
  let free = 0
  let able: FleetGroup | null = null
  for (const group of site.groups) {
    if (!canRun(group.capability)) continue
    free += group.seatsFree
    if (able === null || group.seats > able.seats) able = group
  }
  let first = able === null || free === 0 ? null : wantedNode(able, pick)
  let second: NodeSnapshot | null = null
  if (free > 0) {
    const draw = unitHash(pick.seed, site.id)
    first ??= drawFree(site, pick, canRun, draw * free)
    second = drawFree(site, pick, canRun, ((draw * draws) % 1) * free)
    if (second !== null && second !== first) nodes.push(second)
  }
  // Where all free seats are on nodes that have refused, these are added by whoever knows them.
  const witness = first ?? (able ?? site.groups[0])?.nodes[0]
  if (witness !== undefined) nodes.push(witness)
  for (const node of [first, second]) if (node !== null && isReady(node, pick)) warm.add(node.nodeId)
  return first !== null
}

const isReady = ({ ready }: NodeSnapshot, { title }: Pick): boolean => ready.includes(title.id)

/** Makes a second draw out of the digits that the first leaves over. */
const draws = 65_536

const isFree = (node: NodeSnapshot, { refusedBy }: Pick): boolean =>
  node.seatsFree > 0 && !node.draining && !refusedBy.has(node.nodeId)

/** @param seat which of the free seats is drawn; every one is drawn about as often */
function drawFree(
  site: FleetSite,
  pick: Pick,
  canRun: (capability: Capability) => boolean,
  seat: number,
): NodeSnapshot | null {
  let left = seat
  for (const { capability, nodes, seatsFree } of site.groups) {
    if (seatsFree === 0 || !canRun(capability)) continue
    if (left < seatsFree) {
      const found = freeFrom(nodes, Math.floor((left / seatsFree) * nodes.length), pick)
      if (found !== null) return found
      break
    }
    left -= seatsFree
  }
  // All that the draw met have refused.
  for (const { capability, nodes, seatsFree } of site.groups) {
    const found = seatsFree > 0 && canRun(capability) ? freeFrom(nodes, 0, pick) : null
    if (found !== null) return found
  }
  return null
}

function freeFrom(nodes: readonly NodeSnapshot[], start: number, pick: Pick): NodeSnapshot | null {
  for (let step = 0; step < nodes.length; step++) {
    const node = nodes[(start + step) % nodes.length]
    if (node !== undefined && isFree(node, pick)) return node
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

/** Of a large site so many are looked at: titles are kept ready on the first in their order. */
const farthestSlot = 32

/**
 * What `warmNode` chooses among those that keep the title ready, or among all where none does, with the order kept from one decision
 * to the next; null where they have no seat for this player.
 */
function wantedNode(group: FleetGroup, pick: Pick): NodeSnapshot | null {
  const { seats, seatsFree } = group
  const load = { seats, taken: seats - seatsFree }
  let first: NodeSnapshot | null = null
  let looked = 0
  for (const slot of orderFor(group, pick.title.id)) {
    if (looked === farthestSlot) break
    looked += 1
    const node = group.nodes[slot]
    if (node === undefined || !isFree(node, pick)) continue
    if (node.seats - node.seatsFree >= mostTaken(node.seats, load)) continue
    if (group.keeping === 0 || isReady(node, pick)) return node
    first ??= node
  }
  return first
}
