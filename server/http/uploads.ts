import type { IncomingMessage } from 'node:http'
import { Router, type Request, type Response } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import { type Bucket, createBucket } from '../../config/rate.ts'
import { maxTreeChars } from '../../config/protocol/package.ts'
import { maxFrameBodyBytes } from '../../config/protocol/packageFrames.ts'
import type { Access } from '../accounts/access.ts'
import type { Clock } from '../clock.ts'
import { createPlaces, type Places } from '../packages/places.ts'
import type { Uploads } from '../packages/uploads.ts'
import { ownPages } from './ownPages.ts'
import { addRoute } from './route.ts'

const base = '/api/orgs/:orgId/uploads'
const undisturbedMs = 30_000
/** Whole bodies of up to 32 MiB, each some ten times as much once it is read. */
const askPlaces = { perOrg: 1, all: 2, undisturbedMs }
/** Each holds one chunk of 1 MiB at most while it comes. */
const chunkPlaces = { perOrg: 16, all: 64, undisturbedMs }
const busyS = 5
/** A long list of files keeps the database for a second or two: of those, each organisation has a few at once and one in half a minute. */
const longAskBytes = 1024 * 1024
const longAsks = { burst: 4, perSecond: 1 / 30 }
/** Of more, the one heard from least recently is forgotten. */
const maxOrgs = 10_000
/** Of a `NewUpload`. */
const maxAskBytes = maxTreeChars + 64 * 1024

/**
 * Builds on their way here, as `config/protocol/uploads.ts` lists them. Mounted at `/api/orgs/:orgId/uploads`. No body is read before its
 * sender is known to have the right.
 */
export function uploadRoutes(uploads: Uploads, access: Pick<Access, 'demand'>, clock: Clock): Router {
  const router = Router({ mergeParams: true })
  router.use(ownPages)
  router.use(async (request, _response, next) => {
    await access.demand(request, param(request, 'orgId'), 'titles:write')
    next()
  })
  const asks = createPlaces(askPlaces, clock)
  const bodies = createPlaces(chunkPlaces, clock)
  const buckets = new Map<string, Bucket>()

  /** @throws NearcadeError uploads-busy */
  function demandRare(request: Request, response: Response): void {
    // Without a length it may be any.
    if (Number(request.headers['content-length'] ?? Infinity) <= longAskBytes) return
    const orgId = param(request, 'orgId')
    const bucket = buckets.get(orgId) ?? createBucket(longAsks.burst, longAsks.perSecond)
    buckets.delete(orgId)
    buckets.set(orgId, bucket)
    const [oldest] = buckets.keys()
    if (buckets.size > maxOrgs && oldest !== undefined) buckets.delete(oldest)
    if (bucket.take(clock.now())) return
    response.setHeader('Retry-After', Math.ceil(1 / longAsks.perSecond))
    throw new NearcadeError('uploads-busy', ['many long lists of files came from your organisation'])
  }

  addRoute(router, base, '/', {
    async post(request, response) {
      if (request.is('application/json') === false)
        throw new NearcadeError('bad-request', ['the body must be application/json'])
      demandRare(request, response)
      const orgId = param(request, 'orgId')
      const { view, isNew } = await inPlace(asks, request, response, maxAskBytes, async (body) =>
        uploads.begin(orgId, await wholeOf(body)),
      )
      response.status(isNew ? 201 : 200).json(view)
    },
  })
  addRoute(router, `${base}/:uploadId`, '/:uploadId', {
    async get(request, response) {
      const view = await uploads.uploadOf(param(request, 'orgId'), param(request, 'uploadId'))
      if (view === null) throw new NearcadeError('upload-not-found')
      response.json(view)
    },
    async delete(request, response) {
      await uploads.drop(param(request, 'orgId'), param(request, 'uploadId'))
      response.json({})
    },
  })
  addRoute(router, `${base}/:uploadId/chunks`, '/:uploadId/chunks', {
    async put(request, response) {
      const [orgId, uploadId] = [param(request, 'orgId'), param(request, 'uploadId')]
      const missingBytes = await inPlace(bodies, request, response, maxFrameBodyBytes, (body) =>
        uploads.write(orgId, uploadId, body),
      )
      response.json({ missingBytes })
    },
  })
  addRoute(router, `${base}/:uploadId/finish`, '/:uploadId/finish', {
    async post(request, response) {
      response.json(await uploads.finish(param(request, 'orgId'), param(request, 'uploadId')))
    },
  })
  return router
}

/** Reads a body in a place of its own. @throws NearcadeError uploads-busy, message-too-large, bad-request for one that breaks off */
async function inPlace<T>(
  places: Places,
  request: Request,
  response: Response,
  maxBytes: number,
  work: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes)
    throw new NearcadeError('message-too-large', [`more than ${maxBytes} bytes`])
  const stop = new AbortController()
  let leave: (() => void) | null = null
  try {
    leave = places.enter(param(request, 'orgId'), (cause) => stop.abort(cause))
    return await work(partsOf(request, maxBytes, stop.signal))
  } catch (cause) {
    if (cause instanceof NearcadeError && cause.code === 'uploads-busy')
      response.setHeader('Retry-After', busyS)
    // Whoever broke off hears nothing any more; the log need not either.
    if (cause instanceof NearcadeError || request.complete) throw cause
    throw new NearcadeError('bad-request', ['the body broke off'], cause)
  } finally {
    leave?.()
  }
}

/** A request that is not read to its end is left as it is: destroyed, it could not be answered any more. */
async function* partsOf(
  request: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const parts = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>
  const gaveWay = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  gaveWay.catch(() => {})
  let bytes = 0
  for (;;) {
    const next = await Promise.race([parts.next(), gaveWay])
    if (next.done === true) return
    bytes += next.value.length
    if (bytes > maxBytes) throw new NearcadeError('message-too-large', [`more than ${maxBytes} bytes`])
    yield next.value
  }
}

async function wholeOf(body: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts)
}

const param = ({ params }: Pick<Request, 'params'>, name: string): string => String(params[name])
