import { Router } from 'express'
import type { HttpContext } from './app.ts'
import { addRoute } from './route.ts'

export function healthRoutes({ fleet, metrics }: Pick<HttpContext, 'fleet' | 'metrics'>): Router {
  const router = Router()
  addRoute(router, '/healthz', '/healthz', {
    get(_request, response) {
      response.setHeader('Cache-Control', 'no-store')
      response.json({ status: 'ok', nodes: fleet.counts().connected })
    },
  })
  addRoute(router, '/metrics', '/metrics', {
    async get(_request, response) {
      response.setHeader('Cache-Control', 'no-store')
      response.type(metrics.contentType).send(await metrics.text())
    },
  })
  return router
}
