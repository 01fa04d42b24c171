import * as z from 'zod/mini'
import type { WireError } from '../errors.ts'

/**
 * Page ⇄ frame: the page posts `embedHello` with one port of a MessageChannel to the frame of `/embed/:titleId`, which takes it from the
 * window around it alone; everything after that goes over the port. Who may be that window is for `frame-ancestors` to say.
 */
export const qualityNames = ['best', '720', '540', '360', 'saver'] as const
const qualityName = z.enum(qualityNames)
export type QualityName = z.infer<typeof qualityName>
const volume = z.number().check(z.gte(0), z.lte(1))

/** What the page wants around the picture. */
const looks = {
  /** Our own controls over the picture. */
  controls: z.boolean(),
  /** Null: as the player had it last. */
  muted: z.nullable(z.boolean()),
  volume: z.nullable(volume),
  quality: z.nullable(qualityName),
}

/** Posted to the frame's window with one port; everything after it goes over that port. */
export const embedHello = z.strictObject({
  kind: z.literal('nearcade-embed'),
  version: z.literal(1),
  /** What the publisher's backend signed for this visit. */
  launchToken: z.nullable(z.string().check(z.maxLength(4096))),
  ...looks,
})
export type EmbedHello = z.infer<typeof embedHello>

export const toFrame = z.discriminatedUnion('kind', [
  /** Plays, or plays again. */
  z.strictObject({ kind: z.literal('start') }),
  /** Ends the session. */
  z.strictObject({ kind: z.literal('stop') }),
  /** The keyboard goes to the game. */
  z.strictObject({ kind: z.literal('focus') }),
  z.strictObject({ kind: z.literal('looks'), ...looks }),
])
export type ToFrame = z.infer<typeof toFrame>

export const embedPhases = [
  'idle',
  'progress',
  'waiting',
  'playing',
  'reconnecting',
  'taken',
  'failed',
  'ended',
] as const
export type EmbedPhase = (typeof embedPhases)[number]

/** What the frame tells. The page believes its origin and checks nothing more. */
export type FromFrame =
  | { readonly kind: 'ready'; readonly titleName: string }
  | {
      readonly kind: 'state'
      readonly phase: EmbedPhase
      /** The phase in plain words, for people. */
      readonly words: string
      /** Where the game runs; null before that is known. */
      readonly siteName: string | null
    }
  | { readonly kind: 'error'; readonly error: WireError }
  | { readonly kind: 'sound'; readonly muted: boolean; readonly volume: number }
  | { readonly kind: 'stats'; readonly stats: EmbedStats }
  /** The keyboard goes back to the page. */
  | { readonly kind: 'leave' }

/** Over the last second of the picture. */
export interface EmbedStats {
  readonly widthPx: number
  readonly heightPx: number
  readonly fps: number
  readonly bitrateBps: number
  /** To the node; null before the first exchange. */
  readonly rttMs: number | null
}
