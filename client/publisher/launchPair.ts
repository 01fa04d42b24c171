import { decodeValue } from '../../config/protocol/decode.ts'
import { type LaunchJwk, launchJwk } from '../../config/protocol/embed.ts'
import { ApiError } from '../ui/api.ts'

export interface LaunchPair {
  readonly publicJwk: LaunchJwk
  /** PKCS #8 (RFC 5958) in PEM (RFC 7468). */
  readonly privatePem: string
}

/** Of a launch token's header. */
export const algorithmOf = ({ kty }: LaunchJwk): 'EdDSA' | 'ES256' => (kty === 'OKP' ? 'EdDSA' : 'ES256')

/**
 * A key pair that this page makes and never sends whole: Ed25519, or P-256 where the browser has no Ed25519.
 * @throws ApiError where the page did not come over HTTPS: browsers have no such keys there
 */
export async function makeLaunchPair(subtle: SubtleCrypto | undefined): Promise<LaunchPair> {
  if (subtle === undefined)
    throw new ApiError({
      code: 'bad-request',
      what: 'Browsers make keys only on pages that came over HTTPS.',
      next: 'Open this page over HTTPS, or make the pair with: npx nearcade launch-keys create.',
    })
  const pair = await generate(subtle, { name: 'Ed25519' }).catch(() =>
    generate(subtle, { name: 'ECDSA', namedCurve: 'P-256' }),
  )
  const [jwk, bytes] = await Promise.all([
    subtle.exportKey('jwk', pair.publicKey),
    subtle.exportKey('pkcs8', pair.privateKey),
  ])
  const decoded = decodeValue<LaunchJwk>(launchJwk, bare(jwk))
  if (!decoded.ok)
    throw new Error(`the browser made a key of another kind: ${decoded.error.details.join('; ')}`)
  return { publicJwk: decoded.value, privatePem: pem(new Uint8Array(bytes)) }
}

const generate = async (
  subtle: SubtleCrypto,
  algorithm: EcKeyGenParams | Algorithm,
): Promise<CryptoKeyPair> => (await subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair

const bare = ({ kty, crv, x, y }: JsonWebKey): object => ({ kty, crv, x, ...(y === undefined ? {} : { y }) })

function pem(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes))
  const lines = base64.match(/.{1,64}/g) ?? []
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n')
}
