import type { PlacementReport, ProbeResult } from '../../config/protocol/placement.ts'
import type { VideoCodecName } from '../../config/protocol/stream.ts'
import { decide } from './decide.ts'
import type { TitleDemands } from './decideLimits.ts'
import type { Point } from './distance.ts'
import type { FleetIndex } from './fleetIndex.ts'
import type { NodeQuality } from './quality.ts'
import type { RttEstimate } from './routing/types.ts'
import { probedSites, type ProbedSites, siteViews } from './siteViews.ts'
import type { LastPlace } from './stability.ts'

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
  readonly last: LastPlace | null
}

/** The decision on the fleet as it is now: which nodes to look at, what is known of them, and the choice. */
export function createChooser(
  index: Pick<FleetIndex, 'find' | 'look'>,
  quality: Pick<NodeQuality, 'penalties'>,
  clock: { now(): number },
): (ask: ChooseAsk) => PlacementReport {
  return (ask) => {
    const { sessionId, title, codecs, playerAt, estimates, refusedBy, last } = ask
    const probed = probedSites(ask.probes, (nodeId) => index.find(nodeId)?.siteId ?? null)
    const seen = index.look({
      title,
      codecs,
      at: playerAt,
      siteIds: bestFirst(probed, estimates, last),
      seed: sessionId,
      refusedBy,
    })
    return decide({
      sessionId,
      nowMs: clock.now(),
      title,
      codecs,
      displayIntervalMs: 1000 / ask.fps,
      nodes: seen.nodes,
      sites: siteViews(seen.sites, probed, estimates, playerAt),
      refusedBy,
      qualityMs: quality.penalties(seen.nodes.map(({ nodeId }) => nodeId)),
      warm: seen.warm,
      last,
    })
  }
}

/** Sites that are named for what is believed of them, beside those that were probed. */
const believed = 16

/** By round trip; where the player was last comes first of all, and what did not answer is left to the search by place. */
function bestFirst(
  { answered }: ProbedSites,
  estimates: ReadonlyMap<string, RttEstimate>,
  last: LastPlace | null,
): readonly string[] {
  const rtts = new Map<string, number>()
  for (const [siteId, rttMs] of lowest(estimates)) rtts.set(siteId, rttMs)
  for (const { siteId, rttMs } of answered.values()) rtts.set(siteId, rttMs)
  const ids = [...rtts].sort(([, a], [, b]) => a - b).map(([siteId]) => siteId)
  return last === null ? ids : [last.siteId, ...ids]
}

function lowest(estimates: ReadonlyMap<string, RttEstimate>): readonly (readonly [string, number])[] {
  const best: (readonly [string, number])[] = []
  for (const [siteId, { rttMs }] of estimates) {
    if (rttMs === null || (best.length === believed && rttMs >= (best.at(-1)?.[1] ?? 0))) continue
    const at = best.findIndex(([, other]) => other > rttMs)
    best.splice(at === -1 ? best.length : at, 0, [siteId, rttMs])
    best.length = Math.min(best.length, believed)
  }
  return best
}
