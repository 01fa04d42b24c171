import type { PlacementCandidate, PlacementReport, RuledOut } from '../../config/protocol/placement.ts'
import type { VideoCodecName } from '../../config/protocol/stream.ts'
import { hardLimit, type TitleDemands } from './decideLimits.ts'
import { clickToPhotonMs, hundredths, nodeUse, sumOf, termsOf } from './decideTerms.ts'
import { explain } from './decideWords.ts'
import type { RttEstimate } from './routing/types.ts'
import type { NodeSnapshot } from './snapshot.ts'
import { chooseOfTwo, type Equal, type LastPlace } from './stability.ts'

/** What is known of a site for one player at one time. */
export interface SiteView {
  readonly rtt: RttEstimate
  /** From where the player probably is; null when one of both places is not known. */
  readonly distanceKm: number | null
  /** Probed, and nothing came back. */
  readonly silent: boolean
  /** Share of its seats that are taken, 0-1. */
  readonly use: number
  /** What a seat there is worth to those who are still to come (pricing.ts); null while nobody knows. */
  readonly priceMs: number | null
}

export interface DecisionInput {
  readonly sessionId: string
  readonly nowMs: number
  readonly title: TitleDemands
  /** What the player decodes. */
  readonly codecs: readonly VideoCodecName[]
  /** Of the stream that the player asks for. */
  readonly displayIntervalMs: number
  readonly nodes: readonly NodeSnapshot[]
  /** By site id; a site that is missing is of unknown distance and idle. */
  readonly sites: ReadonlyMap<string, SiteView>
  /** Nodes that have said no to this session. */
  readonly refusedBy: ReadonlySet<string>
  /** Nodes whose free seats are held back for events that are not this player's, and until when. */
  readonly held?: ReadonlyMap<string, number>
  /** What recent troubles of a node count, ms; none where it is missing. */
  readonly qualityMs: ReadonlyMap<string, number>
  /** Nodes that keep the title ready. */
  readonly warm: ReadonlySet<string>
  /** Where this player was placed last. */
  readonly last: LastPlace | null
}

const unknownSite: SiteView = {
  rtt: { rttMs: null, source: 'unknown', uncertaintyMs: 0 },
  distanceKm: null,
  silent: false,
  use: 0,
  priceMs: null,
}
/** Browsers measure whole milliseconds: half of one says nothing. */
const equalWithinMs = 0.5

/**
 * Picks a node: hard limits first, then the lowest sum of terms; among equals, the less used of two that the session's id
 * draws. Pure and independent of the order of `nodes`; everything that was weighed is in the report, the chosen one first.
 */
export function decide(input: DecisionInput): PlacementReport {
  const drafts = input.nodes.map((node) => draft(node, input))
  const freest = freestOf(drafts)
  const candidates: PlacementCandidate[] = []
  const able: Able[] = []
  for (const one of drafts) {
    const { node } = one
    const candidate = weigh(one, freest.get(node.siteId) ?? 0, input)
    candidates.push(candidate)
    if (candidate.scoreMs !== null)
      able.push({ id: node.nodeId, scoreMs: candidate.scoreMs, use: nodeUse(node), candidate })
  }
  const chosen = chooseOfTwo(able, input.sessionId, equalWithinMs)?.candidate ?? null
  candidates.sort((a, b) => (a === chosen ? -1 : b === chosen ? 1 : byPreference(a, b)))
  return {
    sessionId: input.sessionId,
    decidedAtMs: input.nowMs,
    chosenNodeId: chosen?.nodeId ?? null,
    inWords: explain(candidates, chosen),
    candidates,
  }
}

interface Able extends Equal {
  readonly candidate: PlacementCandidate
}

interface Draft {
  readonly node: NodeSnapshot
  readonly site: SiteView
  readonly ruledOut: RuledOut | null
}

function draft(node: NodeSnapshot, input: DecisionInput): Draft {
  const site = input.sites.get(node.siteId) ?? unknownSite
  return { node, site, ruledOut: hardLimit(node, input, clickToPhotonMs(node, site, input)) }
}

/** By site whose price is known: how full the emptiest of its nodes is that could be chosen. */
function freestOf(drafts: readonly Draft[]): ReadonlyMap<string, number> {
  const freest = new Map<string, number>()
  for (const { node, site, ruledOut } of drafts) {
    if (site.priceMs === null || ruledOut !== null) continue
    const use = nodeUse(node)
    if (use < (freest.get(node.siteId) ?? Number.POSITIVE_INFINITY)) freest.set(node.siteId, use)
  }
  return freest
}

function weigh({ node, site, ruledOut }: Draft, freestUse: number, input: DecisionInput): PlacementCandidate {
  const { rtt, distanceKm } = site
  const terms = termsOf(node, site, freestUse, input)
  return {
    nodeId: node.nodeId,
    siteId: node.siteId,
    siteName: node.siteName,
    rttMs: rtt.rttMs === null ? null : hundredths(rtt.rttMs),
    rttSource: rtt.source,
    distanceKm: distanceKm === null ? null : Math.round(distanceKm),
    seatsFree: node.seatsFree,
    terms,
    scoreMs: ruledOut === null ? sumOf(terms) : null,
    ruledOut,
    heldUntilMs: ruledOut === 'held' ? (input.held?.get(node.nodeId) ?? null) : null,
  }
}

/** Those that can before those that cannot; of these the nearest first, so that what was nearer but ruled out is easy to see. */
function byPreference(a: PlacementCandidate, b: PlacementCandidate): number {
  if ((a.scoreMs === null) !== (b.scoreMs === null)) return a.scoreMs === null ? 1 : -1
  const [left, right] = [a.scoreMs ?? a.rttMs ?? unknownLast, b.scoreMs ?? b.rttMs ?? unknownLast]
  if (left !== right) return left - right
  return a.nodeId < b.nodeId ? -1 : a.nodeId > b.nodeId ? 1 : 0
}

const unknownLast = Number.MAX_VALUE
