import type { PeerPing, ToNode } from '../../config/protocol/nodeSocket.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { eachOf, type Steps } from '../placement/steps.ts'
import { kmBetween, type MeshNode, peersOf, representatives } from './meshPlan.ts'
import { type PingFault, pingFault } from './pingFault.ts'
import { startTicking } from './ticking.ts'

/** Has the sites measure the ways between each other for as long as the router runs. */
export interface FleetMesh {
  /** What a node says that it measured; what it was not asked for, or what cannot be, counts for nothing. */
  receive(nodeId: string, results: readonly PeerPing[]): void
  close(): Promise<void>
}

export interface FleetMeshOptions {
  readonly fleet: {
    readonly index: { all(): readonly MeshNode[]; find(nodeId: string): MeshNode | null }
    send(nodeId: string, message: ToNode): boolean
  }
  /** Takes what was measured and is believed. */
  record(nodeId: string, results: readonly PeerPing[]): void
  readonly clock: Clock
  readonly log: Log
  /** Lets other work go on. */
  rest(): Promise<unknown>
}

const tickMs = 5_000
/** After which a node gets its next peers: it has measured the present ones four times. */
const roundMs = 120_000
/** With 30 s from one measurement of a peer to the next: some three packets a second, and two hours for all pairs of 1,400 sites. */
const mostPeers = 24
/** Plans made in one tick: 5,000 sites take a round. */
const leastPlans = 50

interface Plan {
  readonly atMs: number
  readonly round: number
  readonly ownPassword: string
  /** Beacon passwords by peer: one that has changed is a beacon that was started anew. */
  readonly targets: ReadonlyMap<string, string>
  /** When each peer's figure came last; also of the round before, whose figures may still be on their way. */
  readonly asked: Map<string, { lastAtMs: number | null }>
}

export function createFleetMesh({ fleet, record, clock, log, rest }: FleetMeshOptions): FleetMesh {
  const plans = new Map<string, Plan>()
  /** In the order in which they were first seen. */
  const known = new Set<string>()

  function* longestFirst(): Steps<readonly MeshNode[]> {
    const online = new Map<string, MeshNode>()
    yield* eachOf(fleet.index.all(), (node) => online.set(node.nodeId, node))
    const nodes: MeshNode[] = []
    yield* eachOf(known, (nodeId) => {
      const node = online.get(nodeId)
      if (node === undefined) known.delete(nodeId)
      else nodes.push(node)
    })
    yield* eachOf(online, ([nodeId, node]) => {
      if (known.has(nodeId)) return
      known.add(nodeId)
      nodes.push(node)
    })
    return nodes
  }

  function isDue(node: MeshNode, passwords: ReadonlyMap<string, string>, nowMs: number): boolean {
    const plan = plans.get(node.nodeId)
    if (plan === undefined || nowMs - plan.atMs >= roundMs) return true
    if (plan.ownPassword !== node.beacon?.password) return true
    for (const [nodeId, password] of plan.targets) if (passwords.get(nodeId) !== password) return true
    return plan.targets.size < Math.min(mostPeers, passwords.size - 1)
  }

  function give(own: number, all: readonly MeshNode[], nowMs: number): void {
    const node = all[own]
    if (node === undefined) return
    const before = plans.get(node.nodeId)
    const round = (before?.round ?? -1) + 1
    const targets = peersOf(own, all, round, mostPeers).flatMap(({ nodeId, beacon }) =>
      beacon === null ? [] : [{ nodeId, ...beacon }],
    )
    if (!fleet.send(node.nodeId, { kind: 'peers', targets })) return
    const asked = new Map<string, { lastAtMs: number | null }>()
    for (const nodeId of before?.targets.keys() ?? [])
      asked.set(nodeId, before?.asked.get(nodeId) ?? { lastAtMs: null })
    for (const { nodeId } of targets) asked.set(nodeId, before?.asked.get(nodeId) ?? { lastAtMs: null })
    plans.set(node.nodeId, {
      atMs: nowMs,
      round,
      ownPassword: node.beacon?.password ?? '',
      targets: new Map(targets.map(({ nodeId, password }) => [nodeId, password])),
      asked,
    })
  }

  function* plan(): Steps<void> {
    const nowMs = clock.now()
    const all = representatives(yield* longestFirst())
    yield
    const passwords = new Map(all.map(({ nodeId, beacon }) => [nodeId, beacon?.password ?? '']))
    yield* eachOf(plans.keys(), (nodeId) => {
      if (passwords.has(nodeId)) return
      plans.delete(nodeId)
      fleet.send(nodeId, { kind: 'peers', targets: [] })
    })
    const most = Math.max(leastPlans, Math.ceil((2 * all.length * tickMs) / roundMs))
    const due: { readonly own: number; readonly atMs: number }[] = []
    yield* eachOf(all.entries(), ([own, node]) => {
      if (isDue(node, passwords, nowMs)) due.push({ own, atMs: plans.get(node.nodeId)?.atMs ?? 0 })
    })
    // The new ones first, then whoever has waited longest.
    due.sort((a, b) => a.atMs - b.atMs)
    for (const { own } of due.slice(0, most)) {
      give(own, all, nowMs)
      yield
    }
  }
  const ticking = startTicking(tickMs, plan, { clock, log, rest })

  return {
    receive(nodeId, results) {
      const own = fleet.index.find(nodeId)
      const nowMs = clock.now()
      const faults = new Map<PingFault, number>()
      const good: PeerPing[] = []
      for (const result of results) {
        const asked = plans.get(nodeId)?.asked.get(result.nodeId) ?? null
        const peer = fleet.index.find(result.nodeId)
        const km = own === null || peer === null ? null : kmBetween(own, peer)
        const fault = pingFault(result, asked, nowMs, km)
        if (fault !== null) faults.set(fault, (faults.get(fault) ?? 0) + 1)
        else good.push(result)
        if (asked !== null && fault === null) asked.lastAtMs = nowMs
      }
      if (faults.size > 0) log.debug({ node: nodeId, ...Object.fromEntries(faults) }, 'pings refused')
      if (good.length > 0) record(nodeId, good)
    },
    close: () => ticking.close(),
  }
}
