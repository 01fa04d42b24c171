import * as z from 'zod/mini'
import type { EmbedFault, EmbedSound, EmbedState, EmbedStats } from './embedEvents.ts'

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
  /** For the game, as JSON. */
  z.strictObject({ kind: z.literal('message'), text: z.string() }),
])
export type ToFrame = z.infer<typeof toFrame>

/** What the frame tells. The page believes its origin and checks nothing more. */
export type FromFrame =
  | { readonly kind: 'ready'; readonly titleName: string }
  | ({ readonly kind: 'state' } & EmbedState)
  | { readonly kind: 'error'; readonly error: EmbedFault }
  | ({ readonly kind: 'sound' } & EmbedSound)
  | { readonly kind: 'stats'; readonly stats: EmbedStats }
  /** Of the game, as JSON. */
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'message-refused'; readonly error: EmbedFault }
  /** The keyboard goes back to the page. */
  | { readonly kind: 'leave' }
