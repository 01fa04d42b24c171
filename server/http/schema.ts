import { Router } from 'express'
import { titleSchema } from '../../config/protocol/titleSchema.ts'
import { addRoute } from './route.ts'

/** The JSON Schema of `nearcade.title.json`, for editors: also those that run in a page of another site. */
export function schemaRoutes(): Router {
  const router = Router()
  const schema = titleSchema()
  addRoute(router, '/schema/nearcade.title.json', '/schema/nearcade.title.json', {
    get(_request, response) {
      response.setHeader('Cache-Control', 'public, max-age=3600')
      response.setHeader('Access-Control-Allow-Origin', '*')
      response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
      response.type('application/schema+json').send(JSON.stringify(schema))
    },
  })
  return router
}
