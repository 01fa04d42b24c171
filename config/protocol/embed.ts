import * as z from 'zod/mini'
import { embedOriginRule, isEmbedOrigin } from '../embedOrigins.ts'
import { id, shortText, timeMs, titleId } from './ids.ts'

/**
 * Titles in the pages of other sites: `<nearcade-player>` holds a frame of `/embed/:titleId` (config/protocol/embedFrame.ts).
 *
 *   GET    /sdk/nearcade.js                             the element, an ES module
 *   GET    /embed/:titleId                              the player; may be framed by the title's origins alone
 *   POST   /api/embed/guests                            EmbedGuestRequest → EmbedGuest: who plays in a frame, where cookies do not come along
 *   GET    /api/orgs/:orgId/launch-keys                 { keys: LaunchKey[] }                         launch-keys:manage
 *   POST   /api/orgs/:orgId/launch-keys                 NewLaunchKey → LaunchKey 201                  launch-keys:manage
 *   DELETE /api/orgs/:orgId/launch-keys/:keyId          { keys: LaunchKey[] }                         launch-keys:manage
 *   GET    /api/orgs/:orgId/titles/:titleId/embed       EmbedRules                                    titles:read
 *   PUT    /api/orgs/:orgId/titles/:titleId/embed       EmbedRules → EmbedRules                       titles:write
 */

/** Of every request of a frame, in place of the cookie. */
export const guestHeader = 'x-nearcade-guest'
/** Subprotocols of the player socket, where a browser can set no header: this one, which is spoken, and one that carries the token. */
export const playerProtocol = 'nearcade'
export const guestProtocolPrefix = 'guest.'

const token = z.string().check(z.maxLength(4096))

export const embedGuestRequest = z.strictObject({ titleId, launchToken: z.optional(token) })
export const embedGuest = z.object({
  guestId: id,
  /** For `x-nearcade-guest`. */
  token,
})
export type EmbedGuest = z.infer<typeof embedGuest>

const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url'))
/** What else tools write into a public key. */
const aside = {
  kid: z.optional(z.string().check(z.maxLength(200))),
  use: z.optional(z.literal('sig')),
  key_ops: z.optional(z.array(z.literal('verify'))),
  ext: z.optional(z.boolean()),
}
/** A public key as a JSON Web Key (RFC 7517): Ed25519 (RFC 8037) or P-256 (RFC 7518, section 6.2). */
export const launchJwk = z.discriminatedUnion('kty', [
  z.strictObject({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: coordinate,
    alg: z.optional(z.enum(['EdDSA', 'Ed25519'])),
    ...aside,
  }),
  z.strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: coordinate,
    y: coordinate,
    alg: z.optional(z.literal('ES256')),
    ...aside,
  }),
])
export type LaunchJwk = z.infer<typeof launchJwk>

export const newLaunchKey = z.strictObject({
  name: z.string().check(z.minLength(1), z.maxLength(80)),
  jwk: launchJwk,
})
export type NewLaunchKey = z.infer<typeof newLaunchKey>

export const launchKey = z.object({
  /** The `kid` that launch tokens may name: the key's thumbprint (RFC 7638). */
  id,
  name: shortText,
  jwk: launchJwk,
  createdAtMs: timeMs,
  /** When it last signed a token that was taken; null: never. */
  usedAtMs: z.nullable(timeMs),
})
export type LaunchKey = z.infer<typeof launchKey>
export const launchKeys = z.object({ keys: z.array(launchKey) })

export const embedRules = z.strictObject({
  /** Of pages that may frame the title. */
  origins: z.array(z.string().check(z.refine(isEmbedOrigin, embedOriginRule))).check(z.maxLength(50)),
  /** Nobody plays it but whom the publisher's own backend sends. */
  launchTokenRequired: z.boolean(),
})
export type EmbedRules = z.infer<typeof embedRules>
