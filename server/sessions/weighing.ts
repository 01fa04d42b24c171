import type { PlacementReport } from '../../config/protocol/placement.ts'
import { createChooser } from '../placement/chooser.ts'
import { demandsOf } from '../placement/decideLimits.ts'
import type { Point } from '../placement/distance.ts'
import type { RttEstimate } from '../placement/routing/types.ts'
import { probedSites } from '../placement/siteViews.ts'
import type { LastPlace } from '../placement/stability.ts'
import { waysOf } from '../placement/ways.ts'
import type { SessionContext } from './context.ts'
import type { Keeper } from './keeper.ts'
import type { LiveSession } from './live.ts'

/** Which nodes would do for a session now. */
export interface Weighing {
  /** Finds out what can be known of where its player is. @param ip null when that is not known any more */
  locate(live: LiveSession, ip: string | null): Promise<void>
  /**
   * @param budget `agreed`: the title's, or what the player has agreed to; `any`: however far
   * @returns null when the title is not offered any more
   */
  weigh(live: LiveSession, budget: 'agreed' | 'any'): PlacementReport | null
  /** Whether a free seat of this node is for this player, too, and not held back from them for an event. */
  mayHave(live: LiveSession, nodeId: string): boolean
  /** Its player is somebody who asks for a seat, from where they are. */
  counted(live: LiveSession): void
  /** It has its seat: the next session of its guest stays at that site unless another one is better. */
  seated(live: LiveSession): void
  /** The node said no; it is not asked again for a moment. */
  refused(live: LiveSession, nodeId: string): void
}

/** Guesses are not worth a longer wait. */
const guessWithinMs = 300
/** By then a node that refused may have a seat again, or has told that it has none. */
const refusedForMs = 5_000

/** Sites by which the place is known that a player asks from. */
const waysOfPlayer = 128
/** Guests whose last site is remembered. */
const mostRemembered = 50_000

interface Known {
  readonly at: Point | null
  readonly estimates: ReadonlyMap<string, RttEstimate>
}
const noEstimates: ReadonlyMap<string, RttEstimate> = new Map()

export function createWeighing(context: SessionContext, keeper: Keeper): Weighing {
  const { catalogue, fleet, holds, pricing, prior, quality, routing, clock } = context
  const choose = createChooser(fleet.index, quality, clock, pricing)
  /** The same decision, with one node to choose from. */
  const chooseOn = (nodeId: string, heldAt: ReturnType<typeof holds.against>): typeof choose => {
    const node = fleet.index.find(nodeId)
    const untilMs = heldAt === null ? null : fleet.index.heldOn(nodeId, heldAt)
    const nodes = node === null ? [] : [node]
    const sites = nodes.map(({ siteId: id, lat, lon, seats, seatsFree }) => ({
      ...{ id, lat, lon },
      use: seats > 0 ? 1 - seatsFree / seats : 1,
    }))
    const held = new Map(untilMs === null ? [] : [[nodeId, untilMs]])
    const look = { nodes, sites, warm: new Set<string>(), held }
    return createChooser({ find: fleet.index.find, look: () => look }, quality, clock)
  }
  const known = new WeakMap<LiveSession, Known>()
  /** By guest, the latest last. */
  const lastPlaces = new Map<string, LastPlace>()

  return {
    async locate(live, ip) {
      if (ip === null) return
      const guesses = Promise.all([prior.lookup(ip), routing.estimatesFor(ip, live.row.request.probes)])
      const found = await Promise.race([guesses, keeper.pause(guessWithinMs).then(() => null)])
      if (found !== null) known.set(live, { at: found[0], estimates: found[1] })
    },
    weigh(live, budget) {
      const { id, build, request, state } = live.row
      const title = catalogue.of(live.row)
      if (title === null) return null
      const demands = demandsOf(title, build)
      const agreedMs = 'budgetMs' in state ? state.budgetMs : null
      const nowMs = clock.now()
      for (const [nodeId, untilMs] of live.wait.refusedUntilMs)
        if (untilMs <= nowMs || untilMs > nowMs + refusedForMs) live.wait.refusedUntilMs.delete(nodeId)
      const heldAt = holds.against(live.row)
      return (live.onlyNode === null ? choose : chooseOn(live.onlyNode, heldAt))({
        sessionId: id,
        title: {
          ...demands,
          latencyBudgetMs:
            budget === 'any' || build?.channel === 'check' ? null : (agreedMs ?? demands.latencyBudgetMs),
        },
        codecs: request.codecs,
        fps: request.stream.fps,
        probes: request.probes,
        playerAt: known.get(live)?.at ?? null,
        estimates: known.get(live)?.estimates ?? noEstimates,
        refusedBy: new Set(live.wait.refusedUntilMs.keys()),
        heldAt,
        last: lastPlaces.get(live.row.guestId) ?? null,
      })
    },
    mayHave(live, nodeId) {
      const heldAt = holds.against(live.row)
      return heldAt === null || fleet.index.heldOn(nodeId, heldAt) === null
    },
    counted(live) {
      const probed = probedSites(
        live.row.request.probes,
        (nodeId) => fleet.index.find(nodeId)?.siteId ?? null,
      )
      pricing.asked(waysOf(probed, known.get(live)?.estimates ?? noEstimates, waysOfPlayer, () => 0))
    },
    seated(live) {
      const { guestId, placement } = live.row
      const chosen = placement?.candidates.find(({ nodeId }) => nodeId === placement.chosenNodeId)
      lastPlaces.delete(guestId)
      if (chosen !== undefined) lastPlaces.set(guestId, { siteId: chosen.siteId, atMs: clock.now() })
      const [oldest] = lastPlaces.keys()
      if (lastPlaces.size > mostRemembered && oldest !== undefined) lastPlaces.delete(oldest)
    },
    refused(live, nodeId) {
      live.wait.refusedUntilMs.set(nodeId, clock.now() + refusedForMs)
    },
  }
}
