import type { PlacementReport, ProbeResult } from '../../config/protocol/placement.ts'
import type { VideoCodecName } from '../../config/protocol/stream.ts'
import { decide } from './decide.ts'
import type { TitleDemands } from './decideLimits.ts'
import type { Point } from './distance.ts'
import type { FleetIndex } from './fleetIndex.ts'
import type { HeldAt } from './holds.ts'
import { noPrices, type Prices } from './pricing.ts'
import type { NodeQuality } from './quality.ts'
import type { RttEstimate } from './routing/types.ts'
import { probedSites, type ProbedSites, siteViews } from './siteViews.ts'
import type { LastPlace } from './stability.ts'
import { waysOf } from './ways.ts'

export interface ChooseAsk {
  readonly sessionId: string
  readonly title: TitleDemands
  /** What the player decodes. */
  readonly codecs: readonly VideoCodecName[]
  /** Of the stream that the player asks for. */
  readonly fps: number
  readonly probes: readonly ProbeResult[]
  /** Null when nobody knows. */
  readonly playerAt: Point | null
  /** By site id, as far as they were made; the lowest are looked at wherever they stand. */
  readonly estimates: ReadonlyMap<string, RttEstimate>
  readonly refusedBy: ReadonlySet<string>
  /** What is held back for events; null or absent: nothing anywhere. */
  readonly heldAt?: HeldAt | null
  readonly last: LastPlace | null
}

/** The decision on the fleet as it is now: which nodes to look at, what is known of them, and the choice. */
export function createChooser(
  index: Pick<FleetIndex, 'find' | 'look'>,
  quality: Pick<NodeQuality, 'penalties'>,
  clock: { now(): number },
  prices: Prices = noPrices,
): (ask: ChooseAsk) => PlacementReport {
  return (ask) => {
    const { sessionId, title, codecs, playerAt, estimates, refusedBy, last } = ask
    const probed = probedSites(ask.probes, (nodeId) => index.find(nodeId)?.siteId ?? null)
    const seen = index.look({
      title,
      codecs,
      at: playerAt,
      siteIds: bestFirst(probed, estimates, last, prices),
      seed: sessionId,
      refusedBy,
      heldAt: ask.heldAt ?? null,
    })
    return decide({
      sessionId,
      nowMs: clock.now(),
      title,
      codecs,
      displayIntervalMs: 1000 / ask.fps,
      nodes: seen.nodes,
      sites: siteViews(seen.sites, probed, estimates, playerAt, prices),
      refusedBy,
      held: seen.held,
      qualityMs: quality.penalties(seen.nodes.map(({ nodeId }) => nodeId)),
      warm: seen.warm,
      last,
    })
  }
}

/** Sites that are named for what is believed of them, beside those that were probed. */
const believed = 64

/**
 * By round trip and price; where the player was last comes first of all, then the nearest, which is named where another one is chosen.
 * What did not answer is left to the search by place.
 */
function bestFirst(
  probed: ProbedSites,
  estimates: ReadonlyMap<string, RttEstimate>,
  last: LastPlace | null,
  prices: Prices,
): readonly string[] {
  const priceOf = (siteId: string): number => prices.of(siteId) ?? 0
  let nearest: string | null = null
  let leastMs = Number.POSITIVE_INFINITY
  const sums: { readonly siteId: string; readonly sumMs: number }[] = []
  for (const [siteId, rttMs] of waysOf(probed, estimates, believed, priceOf)) {
    sums.push({ siteId, sumMs: rttMs + priceOf(siteId) })
    if (rttMs >= leastMs) continue
    leastMs = rttMs
    nearest = siteId
  }
  const ids = sums.sort((a, b) => a.sumMs - b.sumMs).map(({ siteId }) => siteId)
  if (nearest !== null) ids.unshift(nearest)
  if (last !== null) ids.unshift(last.siteId)
  return ids
}
