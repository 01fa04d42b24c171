import * as z from 'zod/mini'
import { id, timeMs } from './ids.ts'

/** One player's measurement of one node, as the browser made it. */
export const probeResult = z.object({
  nodeId: id,
  /** Minimum round trip over the samples, null when nothing came back. */
  rttMs: z.nullable(timeMs.check(z.lte(60_000))),
  jitterMs: z.nullable(timeMs.check(z.lte(60_000))),
  samples: z.int().check(z.gte(0), z.lte(1000)),
  /** Over WebSocket it is the way to the router, measured where UDP reached no node at all. */
  via: z.enum(['stun', 'websocket']),
})
export type ProbeResult = z.infer<typeof probeResult>

/** Nodes were probed, and UDP reached none of them: this player needs a relay. */
export const udpIsBlocked = (probes: readonly ProbeResult[]): boolean =>
  probes.length > 0 && probes.every(({ rttMs, via }) => rttMs === null || via === 'websocket')

/** Where and how the browser probes a node's beacon: one STUN exchange towards a made-up ICE-lite answer. */
export const probeTarget = z.object({
  nodeId: id,
  siteName: z.string(),
  addresses: z.array(z.string()),
  port: z.int(),
  ufrag: z.string(),
  password: z.string(),
})
export type ProbeTarget = z.infer<typeof probeTarget>

/** Who vouches for a node, least first: anybody's machine, a host that was checked, the network's operator. */
export const trustClass = z.enum(['community', 'verified', 'operator'])
export type TrustClass = z.infer<typeof trustClass>

/** Where the figure of a round trip comes from, surest first. */
export const rttSource = z.enum(['probe', 'history', 'mesh', 'prior', 'unknown'])
export type RttSource = z.infer<typeof rttSource>

export const ruledOut = z.enum([
  'no-seat',
  /** What is free there is held back for an event. */
  'held',
  'title-missing',
  'codec-missing',
  /** The title asks for a GPU that the node has not, or does not say that it has. */
  'no-gpu',
  'refused',
  'draining',
  /** Beyond the latency budget of the title, or of unknown distance where there is a budget. */
  'too-far',
  /** Below the trust that the title asks for, or of unknown trust. */
  'untrusted',
  /** Where the title may not run, or nobody knows where. */
  'no-consent',
])
export type RuledOut = z.infer<typeof ruledOut>

/** One candidate with everything that was weighed, so that a choice can be read afterwards. */
export const placementCandidate = z.object({
  nodeId: z.string(),
  siteId: z.string(),
  siteName: z.string(),
  rttMs: z.nullable(z.number()),
  rttSource,
  distanceKm: z.nullable(z.number()),
  seatsFree: z.int(),
  /** What adds up to the score, by name, ms: `network + encode + display` is the predicted click-to-photon; below zero is a bonus. */
  terms: z.record(z.string(), z.number()),
  /** Lower is better; null for a candidate that a hard limit ruled out. */
  scoreMs: z.nullable(z.number()),
  ruledOut: z.nullable(ruledOut),
  /** Until when its free seats are held back for an event; null or absent: they are not. */
  heldUntilMs: z.optional(z.nullable(timeMs)),
})
export type PlacementCandidate = z.infer<typeof placementCandidate>

/** A site as a place for a whole party. */
export const partySite = z.object({
  siteId: z.string(),
  siteName: z.string(),
  /** Longest round trip of those that are known; null when none is. */
  largestMs: z.nullable(z.number()),
  /** Who has it: `Player 2`. */
  farthest: z.nullable(z.string()),
  ruledOut: z.nullable(z.enum(['no-seat', 'too-far'])),
  /** Why it stands where it stands. */
  inWords: z.string(),
})

export const placementReport = z.object({
  sessionId: z.string(),
  decidedAtMs: z.number(),
  chosenNodeId: z.nullable(z.string()),
  /** In plain words, for the play page. */
  inWords: z.string(),
  candidates: z.array(placementCandidate),
  /** The site was chosen for several players together: how many, and the sites best for all first. */
  party: z.optional(z.object({ players: z.int(), sites: z.array(partySite) })),
})
export type PlacementReport = z.infer<typeof placementReport>
