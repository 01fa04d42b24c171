import type { TrustClass } from '../../config/protocol/placement.ts'
import type { VideoCodecName } from '../../config/protocol/stream.ts'
import type { NodeSnapshot } from './snapshot.ts'
import type { NodeGpu } from '../../config/protocol/titleGpu.ts'

/** What nodes can do whatever their seats: one object for all nodes of the fleet that are alike, so that it is judged once. */
export interface Capability {
  /** Orders capabilities, the same on every router. */
  readonly key: string
  /** Every title, and every version of it (`titleKey`). */
  readonly titles: ReadonlySet<string>
  readonly codecs: readonly VideoCodecName[]
  readonly trust: TrustClass | null
  readonly country: string | null
  readonly gpu: NodeGpu | null
}

/** Nodes of one site with one capability, in the order of their ids. */
export interface FleetGroup {
  readonly capability: Capability
  readonly nodes: NodeSnapshot[]
  /** On nodes that are not draining. */
  seats: number
  seatsFree: number
  /** Nodes that keep any titles ready. */
  keeping: number
  /** Raised when nodes come, go or change their number of seats. */
  version: number
}

export interface FleetSite {
  readonly id: string
  readonly lat: number | null
  readonly lon: number | null
  /** In the order of their capabilities' keys. */
  readonly groups: FleetGroup[]
  /** On nodes that are not draining. */
  seats: number
  seatsFree: number
}

export const newSite = ({ siteId, lat, lon }: NodeSnapshot): FleetSite => ({
  id: siteId,
  lat,
  lon,
  groups: [],
  seats: 0,
  seatsFree: 0,
})

/** Share of its seats that are taken; full when it has none. */
export const useOf = ({ seats, seatsFree }: FleetSite): number => (seats > 0 ? 1 - seatsFree / seats : 1)

/** Seats of a node that is about to stop are nobody's. */
const openSeats = (node: NodeSnapshot): number => (node.draining ? 0 : node.seats)
export const openSeatsFree = (node: NodeSnapshot): number => (node.draining ? 0 : node.seatsFree)

const groupOf = (site: FleetSite, capability: Capability): FleetGroup | undefined =>
  site.groups.find((group) => group.capability === capability)

export function addNode(site: FleetSite, capability: Capability, node: NodeSnapshot): void {
  let group = groupOf(site, capability)
  if (group === undefined) {
    group = { capability, nodes: [], seats: 0, seatsFree: 0, keeping: 0, version: 0 }
    site.groups.push(group)
    site.groups.sort((a, b) => (a.capability.key < b.capability.key ? -1 : 1))
  }
  group.nodes.splice(slotFor(group.nodes, node.nodeId), 0, node)
  group.version += 1
  count(site, group, node, 1)
}

export function removeNode(site: FleetSite, capability: Capability, node: NodeSnapshot): void {
  const group = groupOf(site, capability)
  if (group === undefined) return
  group.nodes.splice(slotFor(group.nodes, node.nodeId), 1)
  group.version += 1
  count(site, group, node, -1)
  if (group.nodes.length === 0) site.groups.splice(site.groups.indexOf(group), 1)
}

/** The same node with other seats or figures. */
export function replaceNode(
  site: FleetSite,
  capability: Capability,
  old: NodeSnapshot,
  node: NodeSnapshot,
): void {
  const group = groupOf(site, capability)
  if (group === undefined) return
  group.nodes[slotFor(group.nodes, node.nodeId)] = node
  if (old.seats !== node.seats) group.version += 1
  count(site, group, old, -1)
  count(site, group, node, 1)
}

function count(site: FleetSite, group: FleetGroup, node: NodeSnapshot, sign: 1 | -1): void {
  group.seats += sign * openSeats(node)
  group.seatsFree += sign * openSeatsFree(node)
  if (node.ready.length > 0) group.keeping += sign
  site.seatsFree += sign * openSeatsFree(node)
  site.seats += sign * openSeats(node)
}

/** Where the node is, or belongs. */
function slotFor(nodes: readonly NodeSnapshot[], nodeId: string): number {
  let [from, to] = [0, nodes.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((nodes[middle]?.nodeId ?? '') < nodeId) from = middle + 1
    else to = middle
  }
  return from
}
