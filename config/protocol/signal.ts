import * as z from 'zod/mini'
import { id } from './ids.ts'
import { decoder } from './stream.ts'

const sdp = z.string().check(z.minLength(1), z.maxLength(40_000))

/** Counts the ICE restarts of one attempt; its first offer and answer have none. An answer carries its offer's. */
const round = z.optional(z.int().check(z.gte(0), z.lte(100_000)))

/** Said with the first offer: which codec suits best is up to the device that plays now, not to the one that asked for the session. */
const decoders = z.optional(z.array(decoder).check(z.maxLength(8)))

/** How many may play in one session. */
export const mostInSession = 4

/**
 * Which player of the session, from 1, who owns it and is meant where nothing is said. The router says so of everything that comes
 * from a browser, whatever that said itself, and the node of its answers.
 */
const player = z.optional(z.int().check(z.gte(1), z.lte(mostInSession)))

/** WebRTC signalling for one attempt (`peerId`) of one browser; answers carry all candidates of the node. */
export const signal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('offer'), peerId: id, sdp, round, decoders, player }),
  z.object({ kind: z.literal('answer'), peerId: id, sdp, round, player }),
  z.object({
    kind: z.literal('candidate'),
    peerId: id,
    candidate: z.string().check(z.maxLength(1000)),
    sdpMid: z.nullable(z.string().check(z.maxLength(32))),
    sdpMLineIndex: z.nullable(z.int().check(z.gte(0), z.lte(32))),
    player,
  }),
  /** The node could not take this offer, or another window took the session over. */
  z.object({
    kind: z.literal('rejected'),
    peerId: id,
    code: z.enum(['connect-failed', 'session-taken', 'bad-message']),
    player,
  }),
])
export type Signal = z.infer<typeof signal>
