import { createHash, createPublicKey, verify } from 'node:crypto'
import { challengeText, type FromNode } from '../../config/protocol/nodeSocket.ts'

export type NodeAuth = Extract<FromNode, { kind: 'auth' }>

/** A node's id is the SHA-256 of its raw public key, so nobody can take an id without its key. */
export const nodeIdOf = (publicKey: Buffer): string =>
  createHash('sha256').update(publicKey).digest('base64url')

/** Whether the sender holds the key that its id stands for. Says nothing of whether that node is enrolled. */
export const provesIdentity = (auth: NodeAuth, nonce: string): boolean =>
  signerOf(auth.publicKey, challengeText(nonce), auth.signature) === auth.nodeId

/** The id of the node whose key signed the text; null: it did not. */
export function signerOf(publicKey: string, text: string, signature: string): string | null {
  const raw = Buffer.from(publicKey, 'base64url')
  if (raw.length !== 32) return null
  try {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
      format: 'jwk',
    })
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url')) ? nodeIdOf(raw) : null
  } catch {
    return null
  }
}

/** Tokens are stored by hash alone: who reads the store cannot enrol a node. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url')
