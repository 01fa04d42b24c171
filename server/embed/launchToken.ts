import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JWK,
  jwtVerify,
} from 'jose'
import * as z from 'zod/mini'
import { NearcadeError } from '../../config/errors.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import type { LaunchJwk, LaunchKey } from '../../config/protocol/embed.ts'

/** Of what a publisher's backend signs (RFC 7519). */
export interface LaunchClaims {
  readonly orgId: string
  /** The publisher's own name for the user. */
  readonly subject: string
  readonly tokenId: string
  /** Of the key that signed it. */
  readonly keyId: string
  readonly expiresAtMs: number
}

const longestS = 600
/** Between the clocks of the two. */
const leewayS = 30
const algorithms = ['EdDSA', 'Ed25519', 'ES256']

/** What must be in it, whoever signed it. */
const payload = z.object({
  iss: z.string(),
  sub: z.string().check(z.minLength(1), z.maxLength(200)),
  title: z.string(),
  jti: z.string().check(z.minLength(8), z.maxLength(128)),
  iat: z.number(),
  exp: z.number(),
})

/** Whose keys to look for; nothing of it is believed yet. Null: nobody's. */
export function issuerOf(token: string): string | null {
  try {
    const issuer: unknown = decodeJwt(token).iss
    return typeof issuer === 'string' ? issuer : null
  } catch {
    return null
  }
}

/**
 * What the token says, once one of the issuer's keys has signed it.
 * @param keys of the organisation that `iss` names
 * @param audience address of this network
 * @throws NearcadeError launch-token-expired; launch-token-refused with the reason
 */
export async function verifyLaunchToken(
  token: string,
  keys: readonly LaunchKey[],
  expected: { readonly titleId: string; readonly audience: string; readonly nowMs: number },
): Promise<LaunchClaims> {
  const key = keyFor(token, keys)
  const verified = await jwtVerify(token, await importJWK(bare(key.jwk), algorithmOf(key.jwk)), {
    algorithms,
    audience: expected.audience,
    currentDate: new Date(expected.nowMs),
    clockTolerance: leewayS,
  }).catch((cause: unknown) => {
    if (cause instanceof errors.JWTExpired) throw new NearcadeError('launch-token-expired', [], cause)
    throw refused(cause instanceof errors.JOSEError ? cause.message : 'it cannot be read', cause)
  })
  const decoded = decodeValue(payload, verified.payload)
  if (!decoded.ok) throw refused(decoded.error.details.join('; '))
  const { iss, sub, jti, iat, exp, title } = decoded.value
  if (title !== expected.titleId) throw refused('its title is another one')
  if (exp - iat > longestS) throw refused(`it is good for more than ${longestS} seconds`)
  if (iat * 1000 > expected.nowMs + leewayS * 1000) throw refused('it was issued in the future')
  return { orgId: iss, subject: sub, tokenId: jti, keyId: key.id, expiresAtMs: (exp + leewayS) * 1000 }
}

/** Names a key by what it is. */
export const thumbprintOf = (jwk: LaunchJwk): Promise<string> => calculateJwkThumbprint(bare(jwk))

const bare = (jwk: LaunchJwk): JWK => {
  const { crv, x } = jwk
  return jwk.kty === 'OKP' ? { kty: jwk.kty, crv, x } : { kty: jwk.kty, crv, x, y: jwk.y }
}
const algorithmOf = ({ kty }: LaunchJwk): string => (kty === 'OKP' ? 'EdDSA' : 'ES256')

/** The one that `kid` names; without it, the only one that the algorithm fits. */
function keyFor(token: string, keys: readonly LaunchKey[]): LaunchKey {
  let header: { alg?: string; kid?: string }
  try {
    header = decodeProtectedHeader(token)
  } catch (cause) {
    throw refused('it cannot be read', cause)
  }
  const { alg = '', kid } = header
  if (!algorithms.includes(alg)) throw refused('alg must be EdDSA or ES256')
  const fitting = keys.filter(({ jwk }) => (jwk.kty === 'OKP') === (alg !== 'ES256'))
  const named = kid === undefined ? fitting : fitting.filter(({ id, jwk }) => id === kid || jwk.kid === kid)
  const [key] = named
  if (key === undefined) throw refused('iss has registered no such key')
  if (named.length > 1) throw refused('kid must name one of the keys')
  return key
}

const refused = (why: string, cause?: unknown): NearcadeError =>
  new NearcadeError('launch-token-refused', [why], cause)
