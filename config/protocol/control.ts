import * as z from 'zod/mini'
import { wireErrorShape } from './error.ts'
import { gameMessage } from './gameMessages.ts'
import { timeMs } from './ids.ts'
import { streamRequest, videoCodec } from './stream.ts'

/** Browser ⇄ session process, JSON texts on the reliable `control` data channel. */
const stats = z.object({
  kind: z.literal('stats'),
  fps: z.number(),
  bitrateBps: z.number(),
  rttMs: z.nullable(z.number()),
  jitterMs: z.nullable(z.number()),
  lossPercent: z.nullable(z.number()),
  clickToPhotonMs: z.nullable(z.number()),
  /** Mean decode time of a frame; null where nothing was decoded. */
  decodeMs: z.nullable(z.number()),
  /** Since the last report: frames decoded but not shown, and stalls as the browser counts them (W3C webrtc-stats `freezeCount`). */
  framesDropped: z.int(),
  freezes: z.int(),
})

/**
 * The playout delay (RTP header extension) that the browser wants on its frames from now on; 0/0 until it says otherwise. The
 * extension counts in steps of 10 ms.
 */
const playout = z.object({
  kind: z.literal('playout'),
  minMs: z.int().check(z.gte(0), z.lte(1000)),
  maxMs: z.int().check(z.gte(0), z.lte(1000)),
})

/** What the node knows of the path and what it makes of it, about twice a second. */
const network = z.object({
  kind: z.literal('network'),
  /** What congestion control holds the path to carry, all packets together. */
  targetBps: z.number(),
  /** Share of packets lost on the way, before any repair, 0 to 1. */
  lossRatio: z.number(),
  rttMs: z.nullable(z.number()),
  /** Why the stream takes no more than it does; `machine`: the node's encoder or the browser's decoder keeps no pace. */
  limitedBy: z.enum(['none', 'content', 'cap', 'network', 'machine']),
  /** What is really sent now. */
  stream: z.object({ widthPx: z.number(), heightPx: z.number(), fps: z.number(), bitrateBps: z.number() }),
})

/** Two and a half minutes of typing. */
export const maxPastedCharacters = 10_000

export const fromBrowser = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), version: z.int() }),
  /** Clock sync: answered at once with the edge's times. */
  z.object({ kind: z.literal('clock'), t0Ms: timeMs }),
  z.object({ kind: z.literal('quality'), stream: streamRequest }),
  playout,
  /** Pasted or typed text, entered as keystrokes. */
  z.object({
    kind: z.literal('paste'),
    text: z.string().check(z.minLength(1), z.maxLength(maxPastedCharacters)),
  }),
  stats,
  /**
   * Where the browser's display ticks are, on the edge's clock (after clock sync), and the way of a frame from its capture to ready
   * for the display: one that arrives within `marginMs` before a tick risks sharing it with its neighbour. Lets the pacer keep frames
   * clear of the tick. Sent every 500 ms while ticks and path are steady; advice that is not renewed is void.
   */
  z.object({
    kind: z.literal('display'),
    tickAtMs: timeMs,
    intervalMs: z.number().check(z.gte(2), z.lte(100)),
    pathMs: z.number().check(z.gte(0), z.lte(5000)),
    marginMs: z.number().check(z.gte(0), z.lte(50)),
  }),
  z.object({ kind: z.literal('still-here') }),
  /** Of the page around the player to the game, as JSON. */
  z.object({ kind: z.literal('message'), text: gameMessage }),
  /** The tab is closing or hidden for good: suspend now instead of waiting for silence. */
  z.object({ kind: z.literal('bye') }),
])
export type FromBrowser = z.infer<typeof fromBrowser>

export const toBrowser = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('welcome'),
    version: z.int(),
    sessionId: z.string(),
    titleId: z.string(),
    codec: videoCodec,
    encoder: z.string(),
    stream: streamRequest,
  }),
  z.object({ kind: z.literal('clock'), t0Ms: timeMs, receivedAtMs: timeMs, sentAtMs: timeMs }),
  z.object({ kind: z.literal('quality'), stream: streamRequest }),
  network,
  z.object({ kind: z.literal('idle-warning'), endsInMs: z.number() }),
  z.object({ kind: z.literal('idle-cleared') }),
  z.object({
    kind: z.literal('rumble'),
    index: z.int(),
    strong: z.number(),
    weak: z.number(),
    durationMs: z.number(),
  }),
  /** Of the game to the page around the player, as JSON. */
  z.object({ kind: z.literal('message'), text: gameMessage }),
  /** What the page sent has not reached the game. */
  z.object({ kind: z.literal('message-refused'), error: wireErrorShape }),
  z.object({
    kind: z.literal('error'),
    error: wireErrorShape,
  }),
])
export type ToBrowser = z.infer<typeof toBrowser>

/** Data channels, all created by the browser; `frames` flows to it, the others from it (`control` both ways). */
export const channelOptions = {
  keys: { ordered: true },
  motion: { ordered: false, maxRetransmits: 0 },
  control: { ordered: true },
  frames: { ordered: false, maxRetransmits: 0 },
} as const
export type ChannelLabel = keyof typeof channelOptions
