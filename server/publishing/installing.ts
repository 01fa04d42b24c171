import type { ToNode } from '../../config/protocol/nodeSocket.ts'
import { nodesBySite } from '../fleet/keepPlan.ts'
import { startTicking, type TickingContext } from '../fleet/ticking.ts'
import { titleKey } from '../placement/decideLimits.ts'
import type { SiteDemand } from '../placement/expectedSessions.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { Steps } from '../placement/steps.ts'
import { type InstallPackage, installPlan, type InstallSpread, spreadPackages } from './installPlan.ts'

/** Tells nodes which packages to have, for as long as the router runs. */
export interface Installing {
  /** What publishers offer has changed. */
  soon(): void
  close(): Promise<void>
}

export interface InstallingOptions extends TickingContext {
  readonly fleet: {
    readonly index: { all(): readonly NodeSnapshot[] }
    send(nodeId: string, message: ToNode): boolean
  }
  packages(): readonly InstallPackage[]
  expected(): SiteDemand
}

const tickMs = 1_000
/** After which every site has been planned once more. */
const roundMs = 30_000
/** A node that lacks something may have forgotten what it was told: it was restarted, or its disk was full. */
const againMs = 60_000
/** The same packages in another order say which of them goes when a node has no room: that may wait, as ranks change with every player. */
const orderMs = 10 * 60_000

export function startInstalling({ fleet, packages, expected, ...context }: InstallingOptions): Installing {
  /** What each node was told. */
  const told = new Map<string, { readonly treeIds: readonly string[]; readonly atMs: number }>()
  let left: (readonly NodeSnapshot[])[] = []
  let atOnce = 1
  let wanted: readonly InstallPackage[] = []
  let demand: SiteDemand = new Map()
  let spread: InstallSpread = { packages: new Map(), missing: new Set() }
  let nextRoundMs = 0

  function plan(nodes: readonly NodeSnapshot[]): void {
    const lists = installPlan(nodes, wanted, demand.get(nodes[0]?.siteId ?? '') ?? new Map(), spread)
    for (const node of nodes) tell(node, lists.get(node.nodeId) ?? [])
  }

  function tell({ nodeId, titles }: NodeSnapshot, list: readonly InstallPackage[]): void {
    const nowMs = context.clock.monotonic()
    const treeIds = list.map(({ treeId }) => treeId)
    const before = told.get(nodeId)
    if (before === undefined && list.length === 0) return
    const has = new Set(titles.map(titleKey))
    const lacks = list.some(({ titleId, version }) => !has.has(titleKey({ id: titleId, version })))
    if (before !== undefined && nowMs - before.atMs < waitMs(before.treeIds, treeIds, lacks)) return
    const named = list.map(({ titleId, version, treeId, sizeBytes }) => ({
      titleId,
      version,
      treeId,
      sizeBytes,
    }))
    if (fleet.send(nodeId, { kind: 'install', packages: named })) told.set(nodeId, { treeIds, atMs: nowMs })
  }

  function* work(): Steps<void> {
    const nowMs = context.clock.monotonic()
    if (left.length === 0 && nowMs >= nextRoundMs) {
      nextRoundMs = nowMs + roundMs
      wanted = packages()
      demand = expected()
      const nodes = fleet.index.all()
      const online = new Set(nodes.map(({ nodeId }) => nodeId))
      for (const nodeId of told.keys()) if (!online.has(nodeId)) told.delete(nodeId)
      yield
      const sites = nodesBySite(nodes)
      spread = yield* spreadPackages(sites, wanted)
      left = [...sites.values()]
      atOnce = Math.ceil((left.length * tickMs) / roundMs)
      yield
    }
    for (const nodes of left.splice(0, atOnce)) {
      plan(nodes)
      yield
    }
  }

  const ticking = startTicking(tickMs, work, context)
  return {
    soon() {
      left = []
      nextRoundMs = 0
    },
    close: () => ticking.close(),
  }
}

/** How long after the list before a node is told of this one, ms. */
function waitMs(before: readonly string[], now: readonly string[], lacks: boolean): number {
  if (before.toSorted().join() !== now.toSorted().join()) return 0
  if (lacks) return againMs
  return before.join() === now.join() ? Infinity : orderMs
}
