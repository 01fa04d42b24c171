import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { decodeValue } from '../../config/protocol/decode.ts'
import { errorBody } from '../../config/protocol/api.ts'
import {
  openedSaves,
  type OpenedSaves,
  type OpenSaves,
  type SaveSnapshot,
  savesRequestText,
  snapshotAnswer,
  type SnapshotAnswer,
} from '../../config/protocol/saves.ts'

/** The router's end of a session's saves. */
export interface RemoteSaves {
  open(ask: OpenSaves, signal: AbortSignal): Promise<OpenedSaves>
  chunk(term: number, sha256: string, signal: AbortSignal): Promise<Uint8Array>
  putChunk(term: number, sha256: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void>
  snapshot(snapshot: SaveSnapshot, signal: AbortSignal): Promise<SnapshotAnswer>
  left(term: number, seq: number, signal: AbortSignal): Promise<void>
  close(term: number, signal: AbortSignal): Promise<void>
}

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

/** Without a word for so long, a request is given up. Four MiB take that long at 2 Mbit/s. */
const requestMs = 20_000

/**
 * @param routerUrl `ws://` or `wss://`, as for the uplink
 * @param sign by the node's key, base64url
 */
export function remoteSaves(
  routerUrl: string,
  node: { readonly publicKey: string; sign(text: string): string },
  sessionId: string,
): RemoteSaves {
  const base = new URL(`/api/node/saves/${sessionId}/`, routerUrl)
  base.protocol = base.protocol === 'wss:' ? 'https:' : 'http:'

  async function ask(
    method: 'GET' | 'PUT' | 'POST',
    what: string,
    body: Uint8Array<ArrayBuffer> | null,
    signal: AbortSignal,
  ): Promise<Response> {
    const url = new URL(what, base)
    const hash = createHash('sha256')
      .update(body ?? '')
      .digest('hex')
    const signature = node.sign(savesRequestText(method, `${url.pathname}${url.search}`, hash))
    const response = await fetch(url, {
      method,
      headers: { authorization: `Nearcade ${node.publicKey}.${signature}`, 'x-content-sha256': hash },
      ...(body === null ? {} : { body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
      redirect: 'error',
    })
    if (response.ok) return response
    const decoded = decodeValue(errorBody, await response.json().catch(() => null))
    if (!decoded.ok) throw new Error(`the router answered ${response.status}`)
    const { code, details } = decoded.value.error
    throw new Refusal(code, details ?? [])
  }

  async function tell<T>(
    what: string,
    message: object,
    schema: z.ZodMiniType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const response = await ask('POST', what, new TextEncoder().encode(JSON.stringify(message)), signal)
    const decoded = decodeValue(schema, await response.json())
    if (!decoded.ok) throw new Error(`the router's answer was malformed: ${decoded.error.details.join('; ')}`)
    return decoded.value
  }
  const nothing = z.object({})

  return {
    open: (message, signal) => tell('open', message, openedSaves, signal),
    async chunk(term, sha256, signal) {
      const response = await ask('GET', `chunks/${sha256}?term=${term}`, null, signal)
      return new Uint8Array(await response.arrayBuffer())
    },
    async putChunk(term, sha256, bytes, signal) {
      await (await ask('PUT', `chunks/${sha256}?term=${term}`, bytes, signal)).arrayBuffer()
    },
    snapshot: (message, signal) => tell('snapshot', message, snapshotAnswer, signal),
    async left(term, seq, signal) {
      await tell('left', { term, seq }, nothing, signal)
    },
    async close(term, signal) {
      await tell('close', { term }, nothing, signal)
    },
  }
}
