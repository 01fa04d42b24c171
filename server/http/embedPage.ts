import path from 'node:path'
import { Router } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Embeds } from '../embed/embeds.ts'
import { param } from './body.ts'
import { addRoute } from './route.ts'
import { framedBy } from './securityHeaders.ts'
import { sendPage } from './web.ts'

const sdkMaxAgeS = 300

/** The player in a frame of another site's page, and the script with which such a page makes one. */
export function embedPages(context: {
  readonly webDir: string
  readonly catalogue: Pick<Catalogue, 'find'>
  readonly embeds: Pick<Embeds, 'originsOf'>
}): Router {
  const root = path.resolve(context.webDir)
  const router = Router()
  addRoute(router, '/embed/:titleId', '/embed/:titleId', {
    async get(request, response) {
      const titleId = param(request, 'titleId')
      if (context.catalogue.find(titleId) === null) throw new NearcadeError('title-not-found')
      await framedBy(context.embeds.originsOf(titleId), request, response)
      await sendPage(root, 'embed', response)
    },
  })
  addRoute(router, '/sdk/nearcade.js', '/sdk/nearcade.js', {
    get(_request, response) {
      response.setHeader('Access-Control-Allow-Origin', '*')
      response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
      // Its address never changes, so a new one must be seen soon.
      response.setHeader('Cache-Control', `public, max-age=${sdkMaxAgeS}`)
      return new Promise((resolve, reject) => {
        response.sendFile('sdk/nearcade.js', { root, cacheControl: false }, (failure) =>
          failure ? reject(failure) : resolve(),
        )
      })
    },
  })
  return router
}
