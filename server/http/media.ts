import path from 'node:path'
import { Router } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Publishing } from '../publishing/publishing.ts'
import { param } from './body.ts'
import { addRoute } from './route.ts'

/**
 * Covers: `/media/<titleId>/<file>`, of what is staged with `?test=<token>`. Only a title's own cover has an address; a path from outside
 * never meets the disk.
 */
export function mediaRoutes(
  catalogue: Pick<Catalogue, 'cover'>,
  publishing: Pick<Publishing, 'cover'>,
): Router {
  const router = Router()
  addRoute(router, '/media/:titleId/:file', '/:titleId/:file', {
    async get(request, response) {
      const [titleId, file] = [param(request, 'titleId'), param(request, 'file')]
      const { test } = request.query
      const testToken = typeof test === 'string' ? test : null
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
