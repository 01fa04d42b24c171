import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { json } from 'node:stream/consumers'
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

const kept = new HttpAgent({ keepAlive: true })
const keptTls = new HttpsAgent({ keepAlive: true })

function refusalOf(status: number, body: unknown): Error {
  const decoded = decodeValue(errorBody, body)
  if (!decoded.ok) return new Error(`the router answered ${status}`)
  const { code, details } = decoded.value.error
  return new Refusal(code, details ?? [])
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
  /**
   * The same for what is large: its body comes as the socket gives it, at half of what `fetch` takes of the processor.
   * @throws as `ask`
   */
  stream(
    method: 'GET' | 'POST',
    what: string,
    body: Uint8Array<ArrayBuffer> | null,
    signal: AbortSignal,
  ): Promise<IncomingMessage>
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

  function signed(method: string, what: string, body: Uint8Array | null) {
    const url = new URL(what, base)
    const hash = createHash('sha256')
      .update(body ?? '')
      .digest('hex')
    const signature = node.sign(nodeRequestText(purpose, method, `${url.pathname}${url.search}`, hash))
    return {
      url,
      headers: { authorization: `Nearcade ${node.publicKey}.${signature}`, 'x-content-sha256': hash },
    }
  }

  const ask: SignedRequests['ask'] = async (method, what, body, signal) => {
    const { url, headers } = signed(method, what, body)
    const response = await fetch(url, {
      method,
      headers,
      ...(body === null ? {} : { body }),
      signal,
      redirect: 'error',
    })
    if (response.ok) return response
    throw refusalOf(response.status, await response.json().catch(() => null))
  }

  return {
    ask,
    async stream(method, what, body, signal) {
      const { url, headers } = signed(method, what, body)
      const [request, agent] = url.protocol === 'https:' ? [httpsRequest, keptTls] : [httpRequest, kept]
      const asked = request(url, { method, headers, agent, signal })
      asked.end(body ?? undefined)
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      // What is wrong with it later comes to whoever reads it.
      asked.on('error', () => {})
      if (response.statusCode === 200) return response
      throw refusalOf(response.statusCode ?? 0, await json(response).catch(() => null))
    },
    async tell(what, message, schema, signal) {
      const response = await ask('POST', what, new TextEncoder().encode(JSON.stringify(message)), signal)
      const decoded = decodeValue(schema, await response.json())
      if (!decoded.ok)
        throw new Error(`the router's answer was malformed: ${decoded.error.details.join('; ')}`)
      return decoded.value
    },
  }
}
