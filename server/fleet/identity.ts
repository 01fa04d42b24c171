import { createHash, createPublicKey, verify } from 'node:crypto'
import { challengeText, type FromNode } from '../../config/protocol/nodeSocket.ts'

export type NodeAuth = Extract<FromNode, { kind: 'auth' }>

/** A node's id is the SHA-256 of its raw public key, so nobody can take an id without its key. */
export const nodeIdOf = (publicKey: Buffer): string =>
  createHash('sha256').update(publicKey).digest('base64url')

/** Whether the sender holds the key that its id stands for. Says nothing of whether that node is enrolled. */
export function provesIdentity(auth: NodeAuth, nonce: string): boolean {
  const raw = Buffer.from(auth.publicKey, 'base64url')
  if (raw.length !== 32 || nodeIdOf(raw) !== auth.nodeId) return false
  try {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
      format: 'jwk',
    })
    return verify(null, Buffer.from(challengeText(nonce)), key, Buffer.from(auth.signature, 'base64url'))
  } catch {
    return false
  }
}

/** Tokens are stored by hash alone: who reads the store cannot enrol a node. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url')
