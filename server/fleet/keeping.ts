import type { ToNode } from '../../config/protocol/nodeSocket.ts'
import type { SiteDemand } from '../placement/expectedSessions.ts'
import type { Steps } from '../placement/steps.ts'
import { type KeepNode, keepPlan, nodesBySite } from './keepPlan.ts'
import { startTicking, type TickingContext } from './ticking.ts'

/** Tells nodes which titles to keep ready, for as long as the router runs. */
export interface Keeping {
  close(): Promise<void>
}

export interface KeepingOptions extends TickingContext {
  readonly fleet: {
    readonly index: { all(): readonly KeepNode[] }
    send(nodeId: string, message: ToNode): boolean
  }
  expected(): SiteDemand
}

const tickMs = 1_000
/** After which every site has been planned once more. */
const roundMs = 30_000

/**
 * Whoever does not say that it keeps what it should is told (again), so that it makes no difference who was restarted or what was lost.
 */
export function startKeeping({ fleet, expected, ...context }: KeepingOptions): Keeping {
  let left: (readonly KeepNode[])[] = []
  let atOnce = 1
  let demand: SiteDemand = new Map()
  let nextRoundMs = 0

  function plan(nodes: readonly KeepNode[]): void {
    const [first] = nodes
    const titles = keepPlan(nodes, demand.get(first?.siteId ?? '') ?? new Map())
    for (const { nodeId, ready } of nodes) {
      const titleIds = titles.get(nodeId) ?? []
      if (!isSame(titleIds, ready)) fleet.send(nodeId, { kind: 'keep', titleIds: [...titleIds] })
    }
  }

  function* work(): Steps<void> {
    const nowMs = context.clock.monotonic()
    if (left.length === 0 && nowMs >= nextRoundMs) {
      nextRoundMs = nowMs + roundMs
      demand = expected()
      yield
      left = [...nodesBySite(fleet.index.all()).values()]
      atOnce = Math.ceil((left.length * tickMs) / roundMs)
      yield
    }
    for (const nodes of left.splice(0, atOnce)) {
      plan(nodes)
      yield
    }
  }

  return startTicking(tickMs, work, context)
}

const isSame = (wanted: readonly string[], ready: readonly string[]): boolean =>
  wanted.length === ready.length && wanted.every((titleId) => ready.includes(titleId))
