import path from 'node:path'
import { Router } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import type { ByteRange } from '../blobs/blobStore.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { TitleMediaDesk } from '../media/titleMedia.ts'
import type { Publishing } from '../publishing/publishing.ts'
import { param } from './body.ts'
import { addRoute } from './route.ts'
import { sendBlob } from './sendBlob.ts'

/** Of a file that was made: its content is its name. */
export const madeName = /^([0-9a-f]{64})\.(?:webp|jpg|mp4)$/

/** Of what never changes under its address. */
export const forEver = 'max-age=31536000, immutable'

/**
 * Pictures and trailers: `/media/<titleId>/<file>`, of what is staged with `?test=<token>`. Only what a title shows has an address; a path
 * from outside never meets the disk.
 */
export function mediaRoutes({
  catalogue,
  publishing,
  media,
}: {
  readonly catalogue: Pick<Catalogue, 'cover'>
  readonly publishing: Pick<Publishing, 'cover' | 'shows'>
  readonly media: Pick<TitleMediaDesk, 'read'>
}): Router {
  const router = Router()
  addRoute(router, '/media/:titleId/:file', '/:titleId/:file', {
    async get(request, response) {
      const [titleId, file] = [param(request, 'titleId'), param(request, 'file')]
      const { test } = request.query
      const testToken = typeof test === 'string' ? test : null
      const tag = madeName.exec(file)?.[1]
      if (tag !== undefined && publishing.shows(titleId, file, testToken)) {
        const forWhom = testToken === null ? 'public' : 'private'
        const cacheControl = `${forWhom}, ${forEver}`
        const read = (range?: ByteRange) => media.read(file, range)
        return sendBlob(request, response, { tag, type: path.extname(file), cacheControl, read })
      }
      const own = catalogue.cover(titleId, file)
      const bytes = own === null ? await publishing.cover(titleId, file, testToken) : null
      if (own === null && bytes === null) throw new NearcadeError('not-found')
      response.setHeader('Cache-Control', testToken === null ? 'public, max-age=3600' : 'no-store')
      if (bytes !== null) return void response.type(path.extname(file)).send(bytes)
      await new Promise<void>((resolve, reject) => {
        response.sendFile(own ?? '', { dotfiles: 'allow', cacheControl: false }, (failure) =>
          failure ? reject(failure) : resolve(),
        )
      })
    },
  })
  return router
}
