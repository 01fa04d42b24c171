import { createHash } from 'node:crypto'
import type * as z from 'zod/mini'
import { errorBody } from '../../config/protocol/api.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import { type NodePurpose, nodeRequestText } from '../../config/protocol/nodeRequest.ts'
import type { NodeIdentity } from './identity.ts'

/** The router said no; asking the same again is no use unless it says so. */
export class Refusal extends Error {
  readonly code: string
  constructor(code: string, details: readonly string[]) {
    super([code, ...details].join(': '))
    this.name = 'Refusal'
    this.code = code
  }
  /** Whether it may say yes to the same a moment later. */
  get isPassing(): boolean {
    return this.code === 'saves-busy' || this.code === 'internal' || this.code === 'too-many-requests'
  }
}

/** HTTP requests to the router, signed by the node's key. Connections are kept for the next one. */
export interface SignedRequests {
  /** @throws Refusal when the router says no; Error when it cannot be reached or understood */
  ask(
    method: 'GET' | 'PUT' | 'POST',
    what: string,
    body: Uint8Array<ArrayBuffer> | null,
    signal: AbortSignal,
  ): Promise<Response>
  /** Posts a message. @throws as `ask`, and Error for an answer that is malformed */
  tell<T>(what: string, message: object, schema: z.ZodMiniType<T>, signal: AbortSignal): Promise<T>
}

/**
 * @param routerUrl `ws://` or `wss://`, as for the uplink
 * @param path that `what` is relative to, with a slash at its end
 */
export function signedRequests(
  routerUrl: string,
  node: Pick<NodeIdentity, 'publicKey' | 'sign'>,
  purpose: NodePurpose,
  path: string,
): SignedRequests {
  const base = new URL(path, routerUrl)
  base.protocol = base.protocol === 'wss:' ? 'https:' : 'http:'

  const ask: SignedRequests['ask'] = async (method, what, body, signal) => {
    const url = new URL(what, base)
    const hash = createHash('sha256')
      .update(body ?? '')
      .digest('hex')
    const signature = node.sign(nodeRequestText(purpose, method, `${url.pathname}${url.search}`, hash))
    const response = await fetch(url, {
      method,
      headers: { authorization: `Nearcade ${node.publicKey}.${signature}`, 'x-content-sha256': hash },
      ...(body === null ? {} : { body }),
      signal,
      redirect: 'error',
    })
    if (response.ok) return response
    const decoded = decodeValue(errorBody, await response.json().catch(() => null))
    if (!decoded.ok) throw new Error(`the router answered ${response.status}`)
    const { code, details } = decoded.value.error
    throw new Refusal(code, details ?? [])
  }

  return {
    ask,
    async tell(what, message, schema, signal) {
      const response = await ask('POST', what, new TextEncoder().encode(JSON.stringify(message)), signal)
      const decoded = decodeValue(schema, await response.json())
      if (!decoded.ok)
        throw new Error(`the router's answer was malformed: ${decoded.error.details.join('; ')}`)
      return decoded.value
    },
  }
}
