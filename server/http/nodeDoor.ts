import { createHash } from 'node:crypto'
import express, { type Request, type RequestHandler, type Response } from 'express'
import type * as z from 'zod/mini'
import { NearcadeError } from '../../config/errors.ts'
import { decodeText } from '../../config/protocol/decode.ts'
import { type NodePurpose, nodeRequestText } from '../../config/protocol/nodeRequest.ts'
import type { Clock } from '../clock.ts'
import { signerOf } from '../fleet/identity.ts'
import { createAddressLimit } from './addressLimit.ts'

/** What nodes ask over HTTP comes through here: signed by a node's key, and by one that may ask for it. */
export interface NodeDoorOptions {
  readonly purpose: NodePurpose
  readonly clock: Clock
  /** Of one address, by nodes that were not let in for the same so far. */
  readonly newcomers: { readonly burst: number; readonly perSecond: number }
  /** What is asked for, so that whoever was let in for it stays welcome. */
  about(request: Pick<Request, 'params'>): string
  /** @throws NearcadeError where this node may not have it */
  admit(nodeId: string, about: string): Promise<void>
}

/** Senders that were let in and are remembered as such. */
const maxKnown = 20_000

/**
 * Keys cost nothing, so no body is read before its sender is known. Leaves the node's id for `nodeOf`.
 * @throws NearcadeError too-many-requests, node-not-known, and what `admit` does
 */
export function nodeDoor({ purpose, clock, newcomers, about, admit }: NodeDoorOptions): RequestHandler {
  const limit = createAddressLimit(newcomers.burst, newcomers.perSecond, clock)
  const known = new Set<string>()
  return async (request, response, next) => {
    const what = about(request)
    const sender = `${what} ${publicKeyOf(request)}`
    if (!known.has(sender) && !limit.take(request.ip ?? '')) {
      response.setHeader('Retry-After', limit.retryAfterS)
      throw new NearcadeError('too-many-requests')
    }
    const nodeId = signedBy(request, purpose)
    try {
      await admit(nodeId, what)
    } catch (cause) {
      known.delete(sender)
      throw cause
    }
    known.add(sender)
    const [oldest] = known
    if (known.size > maxKnown && oldest !== undefined) known.delete(oldest)
    response.locals['nodeId'] = nodeId
    next()
  }
}

/** Who came through the door. */
export const nodeOf = (response: Response): string => String(response.locals['nodeId'])

/** As it is: what a few packed bytes unpack to has no bound. */
export function readsBody(limitBytes: number): RequestHandler {
  const read = express.raw({ type: () => true, limit: limitBytes, inflate: false })
  return (request, response, next) => {
    if (request.method === 'POST') read(request, response, next)
    else next()
  }
}

/** What `readsBody` read. @throws NearcadeError bad-request */
export function signedBody<T>(request: Request, schema: z.ZodMiniType<T>, maxChars: number): T {
  const body: unknown = request.body
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  if (createHash('sha256').update(bytes).digest('hex') !== request.headers['x-content-sha256'])
    throw new NearcadeError('bad-request', ['the body is not the one that was signed'])
  const decoded = decodeText(schema, bytes.toString('utf8'), maxChars)
  if (!decoded.ok) throw new NearcadeError('bad-request', decoded.error.details)
  return decoded.value
}

const authorization = /^Nearcade ([\w-]{43})\.([\w-]{86})$/
const publicKeyOf = ({ headers }: Pick<Request, 'headers'>): string =>
  authorization.exec(headers.authorization ?? '')?.[1] ?? ''

/** The node whose key signed the request. Whether it may have what it asks for is another matter. */
function signedBy(
  request: Pick<Request, 'method' | 'originalUrl' | 'headers'>,
  purpose: NodePurpose,
): string {
  const [, publicKey = '', signature = ''] = authorization.exec(request.headers.authorization ?? '') ?? []
  const text = nodeRequestText(
    purpose,
    request.method,
    request.originalUrl,
    String(request.headers['x-content-sha256'] ?? ''),
  )
  const nodeId = signerOf(publicKey, text, signature)
  if (nodeId === null) throw new NearcadeError('node-not-known')
  return nodeId
}
