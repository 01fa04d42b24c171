import { pipeline } from 'node:stream/promises'
import { Router, type Request } from 'express'
import type * as z from 'zod/mini'
import { NearcadeError } from '../../config/errors.ts'
import { sha256 as sha256Text } from '../../config/protocol/content.ts'
import { id } from '../../config/protocol/ids.ts'
import {
  chunkBytes,
  leftSaves,
  maxSnapshotChars,
  openSaves,
  saveSnapshot,
  saveTerm,
} from '../../config/protocol/saves.ts'
import type { Clock } from '../clock.ts'
import type { Saves } from '../saves/saves.ts'
import { nodeDoor, nodeOf, readsBody, signedBody } from './nodeDoor.ts'
import { addRoute } from './route.ts'

const label = '/api/node/saves/:sessionId'
/** All but snapshots are a few fields. */
const smallBodyBytes = 4096
/** Of one address, by nodes that have no session's saves so far: one for each session that starts, and for each attempt of a stranger. */
const newcomers = { burst: 200, perSecond: 20 }

/**
 * The API as `config/protocol/saves.ts` lists it, mounted at `/api/node/saves`. Keys cost nothing, so no body is read before its sender is
 * known to be the node that the session's saves are with.
 */
export function saveRoutes(saves: Saves, clock: Clock): Router {
  const router = Router()
  router.use((_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store')
    next()
  })
  const door = nodeDoor({
    purpose: 'saves',
    clock,
    newcomers,
    about: sessionOf,
    admit: (nodeId, sessionId) => saves.admit(nodeId, sessionId),
  })
  router.use('/:sessionId', door)
  router.use('/:sessionId/snapshot', readsBody(maxSnapshotChars))
  for (const what of ['open', 'left', 'close']) router.use(`/:sessionId/${what}`, readsBody(smallBodyBytes))

  addRoute(router, `${label}/open`, '/:sessionId/open', {
    async post(request, response) {
      const ask = bodyOf(request, openSaves)
      response.json(await saves.open(nodeOf(response), sessionOf(request), ask))
    },
  })
  addRoute(router, `${label}/chunks/:sha256`, '/:sessionId/chunks/:sha256', {
    async get(request, response) {
      const { size, bytes } = await saves.read(
        nodeOf(response),
        sessionOf(request),
        termOf(request),
        chunkOf(request),
      )
      response.setHeader('Content-Type', 'application/octet-stream')
      response.setHeader('Content-Length', size)
      await pipeline(bytes, response)
    },
    async put(request, response) {
      const sha256 = chunkOf(request)
      if (sha256 !== request.headers['x-content-sha256'])
        throw new NearcadeError('saves-refused', ['the address and the header name different bytes'])
      const [sessionId, term, bytes] = [sessionOf(request), termOf(request), lengthOf(request)]
      try {
        await saves.write(nodeOf(response), sessionId, term, sha256, request, bytes)
      } catch (cause) {
        if (cause instanceof NearcadeError || request.complete) throw cause
        throw new NearcadeError('bad-request', ['the body broke off'], cause)
      }
      response.json({})
    },
  })
  addRoute(router, `${label}/snapshot`, '/:sessionId/snapshot', {
    async post(request, response) {
      const snapshot = bodyOf(request, saveSnapshot)
      response.json(await saves.keep(nodeOf(response), sessionOf(request), snapshot))
    },
  })
  addRoute(router, `${label}/left`, '/:sessionId/left', {
    async post(request, response) {
      const { term, seq } = bodyOf(request, leftSaves)
      await saves.leave(nodeOf(response), sessionOf(request), term, seq)
      response.json({})
    },
  })
  addRoute(router, `${label}/close`, '/:sessionId/close', {
    async post(request, response) {
      const { term } = bodyOf(request, saveTerm)
      await saves.close(nodeOf(response), sessionOf(request), term)
      response.json({})
    },
  })
  return router
}

const bodyOf = <T>(request: Request, schema: z.ZodMiniType<T>): T =>
  signedBody(request, schema, maxSnapshotChars)

function sessionOf({ params }: Pick<Request, 'params'>): string {
  const sessionId = id.safeParse(params['sessionId'])
  if (!sessionId.success) throw new NearcadeError('session-not-found')
  return sessionId.data
}

function chunkOf({ params }: Request): string {
  const sha256 = sha256Text.safeParse(params['sha256'])
  if (!sha256.success) throw new NearcadeError('bad-request', ['a chunk is named by 64 hex digits'])
  return sha256.data
}

/** Bytes of the body at most. */
function lengthOf({ headers }: Request): number {
  const bytes = Number(headers['content-length'] ?? chunkBytes)
  if (bytes > chunkBytes) throw new NearcadeError('message-too-large', [`more than ${chunkBytes} bytes`])
  return bytes
}

function termOf({ query }: Request): number {
  const term = saveTerm.safeParse({ term: Number(query['term']) })
  if (!term.success) throw new NearcadeError('bad-request', ['term: which?'])
  return term.data.term
}
