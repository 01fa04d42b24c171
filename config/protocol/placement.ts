import * as z from 'zod/mini'
import { id, timeMs } from './ids.ts'

/** One player's measurement of one node, as the browser made it. */
export const probeResult = z.object({
  nodeId: id,
  /** Minimum round trip over the samples, null when nothing came back. */
  rttMs: z.nullable(timeMs.check(z.lte(60_000))),
  jitterMs: z.nullable(timeMs.check(z.lte(60_000))),
  samples: z.int().check(z.gte(0), z.lte(1000)),
  via: z.enum(['stun', 'websocket']),
})
export type ProbeResult = z.infer<typeof probeResult>

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

/** One candidate with everything that was weighed, so that a choice can be read afterwards. */
export const placementCandidate = z.object({
  nodeId: z.string(),
  siteName: z.string(),
  rttMs: z.nullable(z.number()),
  rttSource: z.enum(['probe', 'prior', 'unknown']),
  distanceKm: z.nullable(z.number()),
  seatsFree: z.int(),
  /** Lower is better; null for a candidate that a hard limit ruled out. */
  scoreMs: z.nullable(z.number()),
  ruledOut: z.nullable(z.enum(['no-seat', 'title-missing', 'codec-missing', 'refused', 'draining'])),
})
export type PlacementCandidate = z.infer<typeof placementCandidate>

export const placementReport = z.object({
  sessionId: z.string(),
  decidedAtMs: z.number(),
  chosenNodeId: z.nullable(z.string()),
  /** In plain words, for the play page. */
  inWords: z.string(),
  candidates: z.array(placementCandidate),
})
export type PlacementReport = z.infer<typeof placementReport>
