import type { TrustClass } from '../../config/protocol/placement.ts'
import type { NodeStore } from '../store/store.ts'
import { type NodeAuth, provesIdentity, tokenHash } from './identity.ts'

export type Admission =
  | { readonly ok: true; readonly isNew: boolean; readonly trust: TrustClass | null }
  /** For our log; the node only learns that it is not known. */
  | { readonly ok: false; readonly why: string }

/** A node that we know by its key comes in; one that we do not know needs an unused one-time token. */
export async function admit(
  auth: NodeAuth,
  nonce: string,
  nodes: NodeStore,
  nowMs: number,
): Promise<Admission> {
  if (!provesIdentity(auth, nonce)) return { ok: false, why: 'signature, key and id do not belong together' }
  const known = await nodes.find(auth.nodeId)
  if (known !== null) {
    return known.publicKey === auth.publicKey
      ? { ok: true, isNew: false, trust: known.trust }
      : { ok: false, why: 'enrolled with another key' }
  }
  if (auth.enrolToken === null) return { ok: false, why: 'not enrolled, and no token' }
  const { nodeId: id, publicKey, enrolToken } = auth
  const enrolled = await nodes.enrol({ id, publicKey, tokenHash: tokenHash(enrolToken), atMs: nowMs })
  if (!enrolled) return { ok: false, why: 'the token is unknown or used up' }
  return { ok: true, isNew: true, trust: (await nodes.find(id))?.trust ?? null }
}
