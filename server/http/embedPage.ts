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

/** The player in a frame of another site's page, and the script with which such a page makes one, with its types. */
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
      await framedBy(await context.embeds.originsOf(titleId), request, response)
      await sendPage(root, 'embed', response)
    },
  })
  for (const file of ['/sdk/nearcade.js', '/sdk/nearcade.d.ts'])
    addRoute(router, file, file, {
      get(_request, response) {
        response.setHeader('Access-Control-Allow-Origin', '*')
        response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
        // Its address never changes, so a new one must be seen soon.
        response.setHeader('Cache-Control', `public, max-age=${sdkMaxAgeS}`)
        if (file.endsWith('.ts')) response.type('text/plain')
        return new Promise((resolve, reject) => {
          response.sendFile(file.slice(1), { root, cacheControl: false }, (failure) =>
            failure ? reject(failure) : resolve(),
          )
        })
      },
    })
  return router
}
