import * as z from 'zod/mini'
import {
  openedSaves,
  type OpenedSaves,
  type OpenSaves,
  type SaveSnapshot,
  snapshotAnswer,
  type SnapshotAnswer,
} from '../../config/protocol/saves.ts'
import { type SignedRequests, signedRequests } from '../uplink/signedRequests.ts'

/** The router's end of a session's saves. */
export interface RemoteSaves {
  open(ask: OpenSaves, signal: AbortSignal): Promise<OpenedSaves>
  chunk(term: number, sha256: string, signal: AbortSignal): Promise<Uint8Array>
  putChunk(term: number, sha256: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void>
  snapshot(snapshot: SaveSnapshot, signal: AbortSignal): Promise<SnapshotAnswer>
  left(term: number, seq: number, signal: AbortSignal): Promise<void>
  close(term: number, signal: AbortSignal): Promise<void>
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
  const requests = signedRequests(routerUrl, node, 'saves', `/api/node/saves/${sessionId}/`)
  const within = (signal: AbortSignal): AbortSignal =>
    AbortSignal.any([signal, AbortSignal.timeout(requestMs)])
  const ask: SignedRequests['ask'] = (method, what, body, signal) =>
    requests.ask(method, what, body, within(signal))
  const tell: SignedRequests['tell'] = (what, message, schema, signal) =>
    requests.tell(what, message, schema, within(signal))
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
