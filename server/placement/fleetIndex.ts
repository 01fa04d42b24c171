import { pickNodes } from './fleetPick.ts'
import {
  addNode,
  type Capability,
  type FleetSite,
  newSite,
  openSeatsFree,
  removeNode,
  replaceNode,
  useOf,
} from './fleetSite.ts'
import { isCapable, titleKey, type TitleDemands } from './decideLimits.ts'
import type { VideoCodecName } from '../../config/protocol/stream.ts'
import type { Point } from './distance.ts'
import { unitHash } from './hash.ts'
import { type HeldAt, type HeldSite, heldSite } from './holds.ts'
import type { SiteSupply } from './metros.ts'
import type { NodeSnapshot } from './snapshot.ts'
import type { Site } from './site.ts'
import { createSphere } from './sphere.ts'

/** What one decision wants to see of the fleet. */
export interface Look {
  readonly title: TitleDemands
  readonly codecs: readonly VideoCodecName[]
  /** Null when nobody knows where the player is. */
  readonly at: Point | null
  /** Sites that were probed, or that earlier players speak for, the best first. They are looked at before any others. */
  readonly siteIds: readonly string[]
  /** Draws nodes within a site: the session's id. */
  readonly seed: string
  readonly refusedBy: ReadonlySet<string>
  /** What is held back for events; null or absent: nothing anywhere. */
  readonly heldAt?: HeldAt | null
}

export interface Looked {
  readonly nodes: readonly NodeSnapshot[]
  /** Sites of these nodes. */
  readonly sites: readonly SeenSite[]
  /** Of these nodes, those that keep the title ready. */
  readonly warm: ReadonlySet<string>
  /** Of these nodes, those whose free seats are held back for events that are not the player's, and until when. */
  readonly held: ReadonlyMap<string, number>
}
export interface SeenSite extends Site {
  /** Share of its seats that are taken, 0-1. */
  readonly use: number
}

/** The nodes that are online, kept so that a decision looks at a few dozen of them, however many there are. */
export interface FleetIndex {
  /** The node as it now is, new or known. */
  put(node: NodeSnapshot): void
  remove(nodeId: string): void
  find(nodeId: string): NodeSnapshot | null
  readonly size: number
  /** In the order in which they came. */
  all(): readonly NodeSnapshot[]
  /**
   * The nodes of a site, in the order of their capabilities and ids.
   * @param key only those that have this title, or this version of it (`titleKey`)
   */
  at(siteId: string, key?: string): readonly NodeSnapshot[]
  /** Every site once, in the order of their ids; the same array until a site comes or goes. */
  sites(): readonly Site[]
  /** Every site with its seats as they are now. */
  supply(): readonly SiteSupply[]
  /** Nodes that could take the player, of the named sites or else the nearest, and one of each better site that cannot. */
  look(look: Look): Looked
  /** Until when all free seats of the node are held back; null: they are not. */
  heldOn(nodeId: string, heldAt: HeldAt): number | null
}

/** Sites with a seat for the player. More are as near only in crowded places, where these do as well. */
const enough = 6
/** So many of the named ones make a search by place needless: what a browser has measured says more. */
const few = 4
/** Named sites that cannot take the player, whose seats may be worth waiting for. */
const namedOthers = 32
/** Nearer sites that cannot take the player, to be named in the report. */
const nearestOthers = 4
/** Sites without coordinates, or any where the player's place is unknown too. */
const drawnSites = 6

interface Entry {
  node: NodeSnapshot
  readonly site: FleetSite
  readonly kind: Kind
}

/** A capability with how many nodes have it: the last one takes it along. */
interface Kind {
  readonly capability: Capability
  /** As its first node told them. */
  readonly lists: Lists
  nodes: number
  /** On nodes that are not draining. */
  seatsFree: number
}

type Lists = Pick<NodeSnapshot, 'titles' | 'codecs'>

const nothingHeld: ReadonlyMap<string, number> = new Map()

/** What is held back at a site; null: nothing. */
function heldAtSite({ id, groups }: FleetSite, heldAt: HeldAt): HeldSite | null {
  const holds = heldAt(id)
  return holds.length === 0 ? null : heldSite(holds, groups)
}

export function createFleetIndex(): FleetIndex {
  const entries = new Map<string, Entry>()
  const sites = new Map<string, FleetSite>()
  const kinds = new Map<string, Kind>()
  const sphere = createSphere<FleetSite>()
  const unplaced = new Map<string, FleetSite>()
  let sorted: readonly Site[] | null = null

  function siteFor(node: NodeSnapshot): FleetSite {
    const known = sites.get(node.siteId)
    if (known !== undefined) return known
    const site = newSite(node)
    sites.set(site.id, site)
    sorted = null
    if (site.lat === null || site.lon === null) unplaced.set(site.id, site)
    else sphere.put(site, { lat: site.lat, lon: site.lon })
    return site
  }

  function drop(site: FleetSite): void {
    if (site.groups.length > 0) return
    sites.delete(site.id)
    unplaced.delete(site.id)
    sphere.remove(site.id)
    sorted = null
  }

  function kindOf(node: NodeSnapshot): Kind {
    const titles = node.titles.map(titleKey).sort()
    const { trust, country, gpu } = node
    const codecs = [...node.codecs].sort()
    const key = JSON.stringify([titles, codecs, trust, country, gpu])
    const known = kinds.get(key)
    if (known !== undefined) return known
    const kind = {
      capability: {
        key,
        titles: new Set([...titles, ...node.titles.map(({ id }) => id)]),
        codecs,
        trust,
        country,
        gpu,
      },
      lists: node,
      nodes: 0,
      seatsFree: 0,
    }
    kinds.set(key, kind)
    return kind
  }

  function remove(nodeId: string): void {
    const entry = entries.get(nodeId)
    if (entry === undefined) return
    entries.delete(nodeId)
    const { site, kind, node } = entry
    removeNode(site, kind.capability, node)
    drop(site)
    kind.nodes -= 1
    kind.seatsFree -= openSeatsFree(node)
    if (kind.nodes === 0) kinds.delete(kind.capability.key)
  }

  /** Sites that a hash draws for this player, where no distance tells them apart. */
  function draw(
    from: ReadonlyMap<string, FleetSite>,
    seed: string,
    isAble: (site: FleetSite) => boolean,
  ): readonly FleetSite[] {
    const all = [...from.values()]
    if (all.length > drawnSites) {
      const drawn = new Map(all.map((site) => [site, (isAble(site) ? 0 : 1) + unitHash(seed, site.id)]))
      all.sort((a, b) => (drawn.get(a) ?? 0) - (drawn.get(b) ?? 0))
    }
    return all.slice(0, drawnSites)
  }

  function heldAmong(
    nodes: readonly NodeSnapshot[],
    heldOf: (site: FleetSite) => HeldSite | null,
  ): ReadonlyMap<string, number> {
    const held = new Map<string, number>()
    for (const { nodeId } of nodes) {
      const entry = entries.get(nodeId)
      const untilMs = entry === undefined ? null : heldOf(entry.site)?.(entry.kind.capability.titles)
      if (untilMs != null) held.set(nodeId, untilMs)
    }
    return held
  }

  return {
    put(told) {
      const entry = entries.get(told.nodeId)
      if (entry !== undefined && entry.node.siteId === told.siteId && isAlike(entry.node, told)) {
        const node = withLists(told, entry.node)
        replaceNode(entry.site, entry.kind.capability, entry.node, node)
        entry.kind.seatsFree += openSeatsFree(node) - openSeatsFree(entry.node)
        entry.node = node
        return
      }
      remove(told.nodeId)
      const site = siteFor(told)
      const kind = kindOf(told)
      const node = withLists(told, kind.lists)
      kind.nodes += 1
      kind.seatsFree += openSeatsFree(node)
      addNode(site, kind.capability, node)
      entries.set(node.nodeId, { node, site, kind })
    },
    remove,
    find: (nodeId) => entries.get(nodeId)?.node ?? null,
    get size() {
      return entries.size
    },
    all: () => [...entries.values()].map(({ node }) => node),
    at: (siteId, key) =>
      sites
        .get(siteId)
        ?.groups.flatMap(({ nodes, capability: { titles } }) =>
          key === undefined || titles.has(key) ? nodes : [],
        ) ?? [],
    sites() {
      sorted ??= [...sites.values()]
        .map(({ id, lat, lon }) => ({ id, lat, lon }))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      return sorted
    },
    supply: () =>
      [...sites.values()].map(({ id, lat, lon, seats, seatsFree }) => ({ id, lat, lon, seats, seatsFree })),
    look(look) {
      const judged = new Map<Capability, boolean>()
      const canRun = (capability: Capability): boolean => {
        const known = judged.get(capability)
        if (known !== undefined) return known
        const verdict = isCapable(capability, look)
        judged.set(capability, verdict)
        return verdict
      }
      const { heldAt = null } = look
      const heldSites = new Map<FleetSite, HeldSite | null>()
      const heldOf = (site: FleetSite): HeldSite | null => {
        if (heldAt === null) return null
        const known = heldSites.get(site)
        if (known !== undefined) return known
        const made = heldAtSite(site, heldAt)
        heldSites.set(site, made)
        return made
      }
      const isAble = (site: FleetSite): boolean => {
        if (site.seatsFree === 0) return false
        const held = heldOf(site)
        for (const { seatsFree, capability } of site.groups)
          if (seatsFree > 0 && canRun(capability) && (held === null || held(capability.titles) === null))
            return true
        return false
      }
      const seen = new Set<FleetSite>()
      const nodes: NodeSnapshot[] = []
      const warm = new Set<string>()
      let able = 0
      const see = (site: FleetSite): void => {
        if (seen.has(site)) return
        seen.add(site)
        const held = heldOf(site)
        if (held === null) {
          if (pickNodes(site, look, canRun, nodes, warm)) able += 1
          return
        }
        const mayTake = (capability: Capability): boolean =>
          canRun(capability) && held(capability.titles) === null
        // Where everything is held, the node that could be had otherwise says so.
        if (pickNodes(site, look, isAble(site) ? mayTake : canRun, nodes, warm) && isAble(site)) able += 1
      }
      let full = 0
      for (const id of look.siteIds) {
        if (able === enough) break
        const site = sites.get(id)
        if (site === undefined) continue
        if (isAble(site)) see(site)
        else if (full++ < namedOthers) see(site)
      }
      if (able < few) {
        let isAnyAble = false
        for (const kind of kinds.values()) {
          isAnyAble = kind.seatsFree > 0 && canRun(kind.capability)
          if (isAnyAble) break
        }
        const mayTake = isAnyAble ? isAble : () => false
        if (look.at !== null) {
          const near = sphere.nearest(look.at, { able: enough, others: nearestOthers }, mayTake)
          for (const site of near.able) see(site)
          for (const site of near.others) see(site)
        }
        for (const site of draw(look.at === null && able === 0 ? sites : unplaced, look.seed, mayTake))
          see(site)
      }
      for (const nodeId of look.refusedBy) {
        const refused = entries.get(nodeId)
        if (refused !== undefined && seen.has(refused.site) && !nodes.includes(refused.node))
          nodes.push(refused.node)
      }
      return {
        nodes,
        sites: Array.from(seen, toSeen),
        warm,
        held: heldAt === null ? nothingHeld : heldAmong(nodes, heldOf),
      }
    },
    heldOn(nodeId, heldAt) {
      const entry = entries.get(nodeId)
      return entry === undefined
        ? null
        : (heldAtSite(entry.site, heldAt)?.(entry.kind.capability.titles) ?? null)
    },
  }
}

const toSeen = (site: FleetSite): SeenSite => ({
  id: site.id,
  lat: site.lat,
  lon: site.lon,
  use: useOf(site),
})

/** With these lists where its own say the same: thousands of nodes are alike, and decisions read what one cache line can hold. */
function withLists(node: NodeSnapshot, { titles, codecs }: Lists): NodeSnapshot {
  const isKnown = isSame(node.titles, titles, titleKey) && isSame(node.codecs, codecs, (codec) => codec)
  return isKnown && (node.titles !== titles || node.codecs !== codecs) ? { ...node, titles, codecs } : node
}

/** Whether both have one capability. Statuses come every few seconds and seldom change that. */
function isAlike(a: NodeSnapshot, b: NodeSnapshot): boolean {
  return (
    a.trust === b.trust &&
    a.country === b.country &&
    (a.gpu === b.gpu || JSON.stringify(a.gpu) === JSON.stringify(b.gpu)) &&
    isSame(a.codecs, b.codecs, (codec) => codec) &&
    isSame(a.titles, b.titles, titleKey)
  )
}

const isSame = <T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every((item, index) => b[index] !== undefined && keyOf(item) === keyOf(b[index])))
