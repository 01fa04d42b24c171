import express, { Router, type Request } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import { maxTreeChars } from '../../config/protocol/package.ts'
import { maxFrameBodyBytes } from '../../config/protocol/packageFrames.ts'
import { newUpload } from '../../config/protocol/uploads.ts'
import type { Access } from '../accounts/access.ts'
import { isSameOrigin } from '../guests/sameOrigin.ts'
import type { Uploads } from '../packages/uploads.ts'
import { addRoute } from './route.ts'

const base = '/api/orgs/:orgId/uploads'

/**
 * Builds on their way here, as `config/protocol/uploads.ts` lists them. Mounted at `/api/orgs/:orgId/uploads`. No body is read before its
 * sender is known to have the right.
 */
export function uploadRoutes(uploads: Uploads, access: Pick<Access, 'demand'>): Router {
  const router = Router({ mergeParams: true })
  router.use(async (request, response, next) => {
    response.setHeader('Cache-Control', 'no-store')
    const changesNothing = request.method === 'GET' || request.method === 'HEAD'
    if (!changesNothing && !isSameOrigin(request.headers)) throw new NearcadeError('cross-origin')
    await access.demand(request, param(request, 'orgId'), 'titles:write')
    next()
  })
  // As it is: what a few packed bytes unpack to has no bound.
  const readJson = express.json({ limit: maxTreeChars + 64 * 1024, strict: true, inflate: false })

  addRoute(router, base, '/', {
    async post(request, response) {
      await new Promise<void>((resolve, reject) => {
        readJson(request, response, (cause?: unknown) => {
          if (cause === undefined) resolve()
          else reject(cause instanceof Error ? cause : new Error(String(cause)))
        })
      })
      const decoded = decodeValue(newUpload, request.body)
      if (!decoded.ok) throw new NearcadeError('bad-request', decoded.error.details)
      const { view, isNew } = await uploads.begin(param(request, 'orgId'), decoded.value)
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
      if (Number(request.headers['content-length'] ?? 0) > maxFrameBodyBytes)
        throw new NearcadeError('message-too-large', [`more than ${maxFrameBodyBytes} bytes`])
      try {
        const missingBytes = await uploads.write(param(request, 'orgId'), param(request, 'uploadId'), request)
        response.json({ missingBytes })
      } catch (cause) {
        // Whoever broke off hears nothing any more; the log need not either.
        if (cause instanceof NearcadeError || request.complete) throw cause
        throw new NearcadeError('bad-request', ['the body broke off'], cause)
      }
    },
  })
  addRoute(router, `${base}/:uploadId/finish`, '/:uploadId/finish', {
    async post(request, response) {
      response.json(await uploads.finish(param(request, 'orgId'), param(request, 'uploadId')))
    },
  })
  return router
}

const param = ({ params }: Pick<Request, 'params'>, name: string): string => String(params[name])
