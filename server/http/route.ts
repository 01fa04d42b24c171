import type { IRouter, Request, RequestHandler, Response } from 'express'
import { NearcadeError } from '../../config/errors.ts'

type Handler = (request: Request, response: Response) => void | Promise<void>
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/**
 * Adds one address with all the methods it takes; any other method is `method-not-allowed`.
 * @param label the full pattern, for metrics
 */
export function addRoute(
  router: IRouter,
  label: string,
  pattern: string,
  handlers: Partial<Record<Method, Handler>>,
): void {
  const route = router.route(pattern)
  const mark: RequestHandler = (_request, response, next) => {
    response.locals['route'] = label
    next()
  }
  for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
    const handler = handlers[method]
    if (handler !== undefined) route[method](mark, handler)
  }
  const allowed = Object.keys(handlers).map((method) => method.toUpperCase())
  const allow = (
    allowed.includes('GET') ? ['GET', 'HEAD', ...allowed.filter((name) => name !== 'GET')] : allowed
  ).join(', ')
  route.all(mark, (_request, response) => {
    response.setHeader('Allow', allow)
    throw new NearcadeError('method-not-allowed')
  })
}
