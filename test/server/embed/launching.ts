import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { LaunchJwk, LaunchKey } from '../../../config/protocol/embed.ts'
import { thumbprintOf } from '../../../server/embed/launchToken.ts'

/** A publisher's backend: its key pair, and the tokens that it signs. */
export async function publisherBackend(orgId: string, alg: 'EdDSA' | 'ES256' = 'EdDSA') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = (await exportJWK(publicKey)) as LaunchJwk
  const key: LaunchKey = { id: await thumbprintOf(jwk), name: 'backend', jwk, createdAtMs: 1, usedAtMs: null }
  return {
    key,
    privateJwk: await exportJWK(privateKey),
    token(
      audience: string,
      claims: Record<string, unknown> = {},
      header: Record<string, unknown> = {},
      nowMs = Date.now(),
    ): Promise<string> {
      const nowS = Math.floor(nowMs / 1000)
      return new SignJWT({
        iss: orgId,
        sub: 'user-1',
        title: 'game',
        aud: audience,
        iat: nowS,
        exp: nowS + 300,
        jti: randomUUID(),
        ...claims,
      })
        .setProtectedHeader({ alg, kid: key.id, ...header })
        .sign(privateKey)
    },
  }
}
