import type { DecisionInput, SiteView } from './decide.ts'
import { loadMs, nodeLoadMs, pricedLoadMs } from './load.ts'
import type { NodeSnapshot } from './snapshot.ts'
import { hysteresisMs } from './stability.ts'

/** What adds up to a candidate's score, ms. */
export type Terms = {
  /** Round trip, and for one that is not known a guess that is worse than an ocean. */
  readonly network: number
  /** A figure that may be wrong is worth a little less than a sure one. */
  readonly uncertainty: number
  readonly encode: number
  readonly display: number
  /** A site that was probed and did not answer may not be reachable at all. */
  readonly silence: number
  readonly load: number
  readonly price: number
  readonly quality: number
  /** Below zero for a node that keeps the title ready. */
  readonly warm: number
  /** Below zero for the site of the last time. */
  readonly hysteresis: number
}

/** With no estimate at all a site is a guess: worse than anything within an ocean's distance. */
const unknownRttMs = 500
const silenceMs = 1000
/** Of one standard deviation, which beyond a limit says no more than that nothing is known. */
const uncertaintyWeight = 0.25
const maxUncertaintyMs = 100
/** The p95 of a node without a GPU at 720p60 (the design's measurement), for one that has not measured itself. */
const unknownEncodeMs = 25
/** p95 of a frame, from its capture to the wire. */
export const encodeMs = ({ encodeP95Ms }: NodeSnapshot): number => encodeP95Ms ?? unknownEncodeMs
const msPerCentAnHour = 0.05
/** Less than a frame: a game that is ready starts sooner, but plays no better. */
const warmBonusMs = 2

export const nodeUse = ({ seats, seatsFree }: NodeSnapshot): number => (seats > 0 ? 1 - seatsFree / seats : 1)

/** Reports are read and stored: what is below a hundredth says nothing. */
export const hundredths = (ms: number): number => Math.round(ms * 100) / 100

/**
 * Where a price says what a seat of the site is worth, the node's own use only tells it from the others there.
 * @param freestUse of the nodes of its site that could be chosen
 */
const loadOf = (node: NodeSnapshot, { use, priceMs }: SiteView, freestUse: number): number =>
  priceMs === null
    ? loadMs(use, nodeUse(node))
    : pricedLoadMs(priceMs, use) + Math.max(0, nodeLoadMs(nodeUse(node)) - nodeLoadMs(freestUse))

/** @param freestUse how full the emptiest node of its site is that could be chosen, 0-1 */
export function termsOf(node: NodeSnapshot, site: SiteView, freestUse: number, input: DecisionInput): Terms {
  const { rtt } = site
  return {
    network: hundredths(rtt.rttMs ?? unknownRttMs),
    uncertainty: hundredths(Math.min(rtt.uncertaintyMs, maxUncertaintyMs) * uncertaintyWeight),
    encode: hundredths(encodeMs(node)),
    display: hundredths(input.displayIntervalMs),
    silence: site.silent ? silenceMs : 0,
    load: hundredths(loadOf(node, site, freestUse)),
    price: hundredths((node.centsPerHour ?? 0) * msPerCentAnHour),
    quality: hundredths(input.qualityMs.get(node.nodeId) ?? 0),
    warm: input.warm.has(node.nodeId) ? -warmBonusMs : 0,
    hysteresis: hysteresisMs(node.siteId, input.last, input.nowMs),
  }
}

/** Predicted time from a click to its picture; null when the way is of unknown length. */
export const clickToPhotonMs = (
  node: NodeSnapshot,
  { rtt }: SiteView,
  { displayIntervalMs }: DecisionInput,
): number | null =>
  rtt.rttMs === null
    ? null
    : hundredths(rtt.rttMs) + hundredths(encodeMs(node)) + hundredths(displayIntervalMs)

export function sumOf(terms: Terms): number {
  const { network, uncertainty, encode, display, silence, load, price, quality, warm, hysteresis } = terms
  return hundredths(
    network + uncertainty + encode + display + silence + load + price + quality + warm + hysteresis,
  )
}
