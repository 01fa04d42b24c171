import type { PlacementCandidate, PlacementReport, ProbeResult } from '../../config/protocol/placement.ts'
import type { VideoCodecName } from '../../config/protocol/stream.ts'
import { distanceKm, estimateRttMs, type Point } from './distance.ts'
import type { NodeSnapshot } from './snapshot.ts'

export interface DecisionInput {
  readonly sessionId: string
  readonly nowMs: number
  readonly titleId: string
  /** What the player decodes. */
  readonly codecs: readonly VideoCodecName[]
  readonly nodes: readonly NodeSnapshot[]
  readonly probes: readonly ProbeResult[]
  readonly playerAt: Point | null
  /** Nodes that have said no to this session. */
  readonly refusedBy: ReadonlySet<string>
}

/** With neither a probe nor a place, a node is a guess: worse than anything within an ocean's distance. */
const unknownScoreMs = 500
/** A node that was probed and did not answer may not be reachable at all. */
const silentPenaltyMs = 1000

/**
 * Picks a node: hard limits first, then the lowest round trip (measured, else estimated from the distance), then more free
 * seats, then the id. Pure; everything that was weighed is in the report, best candidate first.
 */
export function decide(input: DecisionInput): PlacementReport {
  const candidates = input.nodes.map((node) => weigh(node, input)).sort(byPreference)
  const best = candidates[0]
  const chosen = best !== undefined && best.ruledOut === null ? best : null
  return {
    sessionId: input.sessionId,
    decidedAtMs: input.nowMs,
    chosenNodeId: chosen?.nodeId ?? null,
    inWords: explain(candidates, chosen),
    candidates,
  }
}

function weigh(node: NodeSnapshot, input: DecisionInput): PlacementCandidate {
  const probe = input.probes.find(({ nodeId }) => nodeId === node.nodeId)
  const nodeAt = node.lat !== null && node.lon !== null ? { lat: node.lat, lon: node.lon } : null
  const km =
    nodeAt !== null && input.playerAt !== null ? Math.round(distanceKm(nodeAt, input.playerAt)) : null
  const ruledOut = hardLimit(node, input)
  const measuredMs = probe?.rttMs ?? null
  const rttMs = measuredMs ?? (km === null ? null : estimateRttMs(km))
  const silent = probe !== undefined && probe.rttMs === null
  return {
    nodeId: node.nodeId,
    siteName: node.siteName,
    rttMs,
    rttSource: measuredMs !== null ? 'probe' : km !== null ? 'prior' : 'unknown',
    distanceKm: km,
    seatsFree: node.seatsFree,
    scoreMs: ruledOut !== null ? null : (rttMs ?? unknownScoreMs) + (silent ? silentPenaltyMs : 0),
    ruledOut,
  }
}

function hardLimit(node: NodeSnapshot, input: DecisionInput): PlacementCandidate['ruledOut'] {
  if (input.refusedBy.has(node.nodeId)) return 'refused'
  if (node.draining) return 'draining'
  if (!node.titles.some(({ id }) => id === input.titleId)) return 'title-missing'
  if (!node.codecs.some((codec) => input.codecs.includes(codec))) return 'codec-missing'
  if (node.seatsFree === 0) return 'no-seat'
  return null
}

function byPreference(a: PlacementCandidate, b: PlacementCandidate): number {
  if (a.scoreMs === null || b.scoreMs === null) {
    if (a.scoreMs !== b.scoreMs) return a.scoreMs === null ? 1 : -1
  } else if (a.scoreMs !== b.scoreMs) return a.scoreMs - b.scoreMs
  if (a.seatsFree !== b.seatsFree) return b.seatsFree - a.seatsFree
  return a.nodeId < b.nodeId ? -1 : a.nodeId > b.nodeId ? 1 : 0
}

const ruledOutWords: Readonly<Record<NonNullable<PlacementCandidate['ruledOut']>, string>> = {
  'no-seat': 'has no free seat',
  'title-missing': 'does not have the game',
  'codec-missing': 'has no video format that your browser plays',
  refused: 'could not take you just now',
  draining: 'is about to stop',
}

function explain(candidates: readonly PlacementCandidate[], chosen: PlacementCandidate | null): string {
  if (candidates.length === 0) return 'No node is online.'
  const others = candidates.filter(({ ruledOut }) => ruledOut !== null)
  const passed = others
    .slice(0, 3)
    .map(({ siteName, ruledOut }) => `${siteName} ${ruledOut === null ? '' : ruledOutWords[ruledOut]}`)
  const more = others.length > 3 ? [`${others.length - 3} more were ruled out`] : []
  const rest = [...passed, ...more].join('; ')
  if (chosen === null) return `No node can take you: ${rest}.`
  const able = candidates.length - others.length
  const why =
    able === 1
      ? 'the only node that can run the game now'
      : `the best of ${able} nodes that can run the game now`
  return `${chosen.siteName}, ${distanceWords(chosen)}: ${why}.${rest === '' ? '' : ` Passed over: ${rest}.`}`
}

function distanceWords({ rttMs, rttSource, distanceKm: km }: PlacementCandidate): string {
  if (rttMs === null) return 'at a distance that nobody has measured'
  const rtt = rttMs < 10 ? rttMs.toFixed(1) : String(Math.round(rttMs))
  return rttSource === 'probe'
    ? `${rtt} ms away as your browser measured it`
    : `about ${km} km away (some ${rtt} ms)`
}
