import type { ToNode } from '../../config/protocol/nodeSocket.ts'
import type { Clock } from '../clock.ts'
import type { SiteDemand } from '../placement/expectedSessions.ts'
import { type KeepNode, keepPlan, nodesBySite } from './keepPlan.ts'

/** Tells nodes which titles to keep ready, for as long as the router runs. */
export interface Keeping {
  close(): void
}

export interface KeepingOptions {
  readonly fleet: {
    readonly index: { all(): readonly KeepNode[] }
    send(nodeId: string, message: ToNode): boolean
  }
  expected(): SiteDemand
  readonly clock: Clock
}

const tickMs = 1_000
/** After which every site has been planned once more. */
const roundMs = 30_000

/**
 * Whoever does not say that it keeps what it should is told (again), so that it makes no difference who was restarted or what was lost.
 */
export function startKeeping({ fleet, expected, clock }: KeepingOptions): Keeping {
  let left: (readonly KeepNode[])[] = []
  let atOnce = 1
  let demand: SiteDemand = new Map()
  let nextRoundMs = 0
  let cancelTick = (): void => {}

  function plan(nodes: readonly KeepNode[]): void {
    const [first] = nodes
    const titles = keepPlan(nodes, demand.get(first?.siteId ?? '') ?? new Map())
    for (const { nodeId, ready } of nodes) {
      const titleIds = titles.get(nodeId) ?? []
      if (!isSame(titleIds, ready)) fleet.send(nodeId, { kind: 'keep', titleIds: [...titleIds] })
    }
  }

  function tick(): void {
    if (left.length === 0 && clock.monotonic() >= nextRoundMs) {
      nextRoundMs = clock.monotonic() + roundMs
      demand = expected()
      left = [...nodesBySite(fleet.index.all()).values()]
      atOnce = Math.ceil((left.length * tickMs) / roundMs)
    }
    for (const nodes of left.splice(0, atOnce)) plan(nodes)
    cancelTick = clock.after(tickMs, tick)
  }
  cancelTick = clock.after(tickMs, tick)

  return { close: () => cancelTick() }
}

const isSame = (wanted: readonly string[], ready: readonly string[]): boolean =>
  wanted.length === ready.length && wanted.every((titleId) => ready.includes(titleId))
