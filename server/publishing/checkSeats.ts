import { titleKey } from '../placement/decideLimits.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'

/** A check that has a seat, or waits for one. */
export interface CheckWish {
  readonly titleId: string
  readonly version: string
  readonly orgId: string
  /** What its own organisation hosts. */
  readonly ownNodes: ReadonlySet<string>
  readonly sinceMs: number
}

export interface CheckSeatsAsk<Wish extends CheckWish> {
  readonly waiting: readonly Wish[]
  /** Where those are that run. */
  readonly running: readonly { readonly orgId: string; readonly siteId: string }[]
  readonly nodes: readonly NodeSnapshot[]
  /** Somebody waits for a seat to play. */
  readonly playersWait: boolean
  readonly nowMs: number
}

/** Whoever goes first may still find a player before them: a check takes a seat for half a minute. */
const mostPerSite = 2
/** What a node says of a title is a claim: the network's own are worth a wait, and so is any that is not the publisher's. */
const patienceMs = 3 * 60_000

/**
 * Pure: which checks may begin now, and where; those that have waited longest first. One of an organisation at a time, two at a site,
 * and never a site's last free seat while players wait for one. Nobody checks their own titles where somebody else can.
 */
export function seatsForChecks<Wish extends CheckWish>(
  ask: CheckSeatsAsk<Wish>,
): readonly { readonly wish: Wish; readonly node: NodeSnapshot }[] {
  const busy = new Set(ask.running.map(({ orgId }) => orgId))
  const taken = new Map<string, number>()
  const free = new Map<string, number>()
  for (const { siteId } of ask.running) taken.set(siteId, (taken.get(siteId) ?? 0) + 1)
  for (const { siteId, draining, seatsFree } of ask.nodes)
    if (!draining) free.set(siteId, (free.get(siteId) ?? 0) + seatsFree)
  /** Seats that this very round gives away are still told as free. */
  const given = new Map<string, number>()
  const leastFree = ask.playersWait ? 2 : 1
  const found: { wish: Wish; node: NodeSnapshot }[] = []
  for (const wish of ask.waiting.toSorted((a, b) => a.sinceMs - b.sinceMs)) {
    if (busy.has(wish.orgId)) continue
    const key = titleKey({ id: wish.titleId, version: wish.version })
    const able = ask.nodes.filter(
      ({ draining, titles }) => !draining && titles.some((title) => titleKey(title) === key),
    )
    const isPatient = ask.nowMs - wish.sinceMs < patienceMs
    const others = able.filter(({ nodeId }) => !wish.ownNodes.has(nodeId))
    const network = others.filter(({ trust }) => trust === 'operator')
    const mayOthers = ask.nodes.some(({ nodeId, draining }) => !draining && !wish.ownNodes.has(nodeId))
    // Another node may still be getting it.
    const some = others.length > 0 || (isPatient && mayOthers) ? others : able
    const node = (isPatient && network.length > 0 ? network : [...network, ...some]).find(
      ({ nodeId, siteId, seatsFree }) =>
        seatsFree > (given.get(nodeId) ?? 0) &&
        (taken.get(siteId) ?? 0) < mostPerSite &&
        (free.get(siteId) ?? 0) >= leastFree,
    )
    if (node === undefined) continue
    const { nodeId, siteId } = node
    busy.add(wish.orgId)
    given.set(nodeId, (given.get(nodeId) ?? 0) + 1)
    taken.set(siteId, (taken.get(siteId) ?? 0) + 1)
    free.set(siteId, (free.get(siteId) ?? 0) - 1)
    found.push({ wish, node })
  }
  return found
}
