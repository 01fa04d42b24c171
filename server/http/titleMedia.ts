import path from 'node:path'
import express, { Router, type Request } from 'express'
import type { Right } from '../../config/accounts.ts'
import { NearcadeError } from '../../config/errors.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import { mediaChange, mediaOrder, newMedia } from '../../config/protocol/media.ts'
import type { Access } from '../accounts/access.ts'
import type { ByteRange } from '../blobs/blobStore.ts'
import type { TitleMediaDesk } from '../media/titleMedia.ts'
import { bodyOf, param } from './body.ts'
import { forEver, madeName } from './media.ts'
import { ownPages } from './ownPages.ts'
import { addRoute } from './route.ts'
import { sendBlob } from './sendBlob.ts'

const base = '/api/orgs/:orgId/titles/:titleId/media'
const bodyLimitBytes = 16 * 1024

/** What a title shows of itself, as `config/protocol/media.ts` lists it. Mounted at that address. */
export function titleMediaRoutes(media: TitleMediaDesk, access: Pick<Access, 'demand'>): Router {
  const router = Router({ mergeParams: true })
  router.use(ownPages)
  router.use(express.json({ limit: bodyLimitBytes, strict: true }))

  /** @throws NearcadeError when whoever asks may not do this here */
  async function ask(request: Request, right: Right): Promise<[orgId: string, titleId: string]> {
    const orgId = param(request, 'orgId')
    await access.demand(request, orgId, right)
    return [orgId, param(request, 'titleId')]
  }
  const one = (request: Request): string => param(request, 'mediaId')

  addRoute(router, base, '/', {
    async get(request, response) {
      response.json(await media.view(...(await ask(request, 'titles:read'))))
    },
    async post(request, response) {
      const [orgId, titleId] = await ask(request, 'titles:write')
      const wish = decodeValue(newMedia, { ...request.query })
      if (!wish.ok) throw new NearcadeError('bad-request', wish.error.details)
      // Whoever is refused half-way is to hear why.
      const bytes = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>
      const body = { [Symbol.asyncIterator]: () => bytes }
      response.status(201).json(await media.bring(orgId, titleId, wish.value, body))
    },
  })
  addRoute(router, `${base}/order`, '/order', {
    async put(request, response) {
      const { ids } = bodyOf(mediaOrder, request)
      response.json(await media.order(...(await ask(request, 'titles:write')), ids))
    },
  })
  addRoute(router, `${base}/files/:file`, '/files/:file', {
    async get(request, response) {
      const [orgId, titleId] = await ask(request, 'titles:read')
      const file = param(request, 'file')
      const tag = madeName.exec(file)?.[1]
      if (tag === undefined) throw new NearcadeError('not-found')
      const cacheControl = `private, ${forEver}`
      const read = (range?: ByteRange) => media.preview(orgId, titleId, file, range)
      await sendBlob(request, response, { tag, type: path.extname(file), cacheControl, read })
    },
  })
  addRoute(router, `${base}/:mediaId`, '/:mediaId', {
    async put(request, response) {
      const { alt } = bodyOf(mediaChange, request)
      const [orgId, titleId] = await ask(request, 'titles:write')
      response.json(await media.describe(orgId, titleId, one(request), alt))
    },
    async delete(request, response) {
      const [orgId, titleId] = await ask(request, 'titles:write')
      response.json(await media.remove(orgId, titleId, one(request)))
    },
  })
  addRoute(router, `${base}/:mediaId/restore`, '/:mediaId/restore', {
    async post(request, response) {
      const [orgId, titleId] = await ask(request, 'titles:write')
      response.json(await media.restore(orgId, titleId, one(request)))
    },
  })
  addRoute(router, `${base}/:mediaId/original`, '/:mediaId/original', {
    async get(request, response) {
      const [orgId, titleId] = await ask(request, 'titles:read')
      const { name, sha256 } = await media.original(orgId, titleId, one(request))
      // As a file alone: nobody has looked whether it is what it says.
      response.attachment(name)
      const type = 'application/octet-stream'
      const read = (range?: ByteRange) => media.read(sha256, range)
      await sendBlob(request, response, { tag: sha256, type, cacheControl: 'no-store', read })
    },
  })
  return router
}
