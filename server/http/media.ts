import { Router } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { addRoute } from './route.ts'

/** Covers: `/media/<titleId>/<file>`. Only a title's own cover has an address; a path from outside never meets the disk. */
export function mediaRoutes(catalogue: Catalogue): Router {
  const router = Router()
  addRoute(router, '/media/:titleId/:file', '/:titleId/:file', {
    get(request, response) {
      const { titleId, file } = request.params
      const cover =
        typeof titleId === 'string' && typeof file === 'string' ? catalogue.cover(titleId, file) : null
      if (cover === null) throw new NearcadeError('not-found')
      response.setHeader('Cache-Control', 'public, max-age=3600')
      return new Promise<void>((resolve, reject) => {
        response.sendFile(cover, { dotfiles: 'allow', cacheControl: false }, (failure) =>
          failure ? reject(failure) : resolve(),
        )
      })
    },
  })
  return router
}
