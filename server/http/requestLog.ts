import type { RequestHandler } from 'express'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'

/** Counts and logs by route pattern. A router sets `response.locals.route`; what no route took counts as `other`. */
export function requestLog(metrics: Metrics, log: Log): RequestHandler {
  return (request, response, next) => {
    const began = performance.now()
    response.once('close', () => {
      const tookMs = performance.now() - began
      const route: unknown = response.locals['route']
      const pattern = typeof route === 'string' ? route : 'other'
      metrics.http(knownMethod(request.method), pattern, response.statusCode, tookMs)
      log.debug(
        { method: request.method, route: pattern, status: response.statusCode, tookMs: Math.round(tookMs) },
        'http',
      )
    })
    next()
  }
}

/** A label must not grow with what strangers send. */
const knownMethod = (method: string): string =>
  ['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'].includes(method) ? method : 'OTHER'
