import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { wireError } from '../../config/errors.ts'

export interface EdgeHttp extends AsyncDisposable {
  readonly port: number
}

/** `GET /healthz` and `GET /metrics`, for whoever runs the node. @throws the listener's error, e.g. EADDRINUSE */
export async function serveHttp(options: {
  readonly host: string
  readonly port: number
  readonly registry: Registry
  readonly health: () => object
}): Promise<EdgeHttp> {
  const json = (to: ServerResponse, status: number, body: object): void => {
    to.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    to.end(JSON.stringify(body))
  }
  const answer = async (method: string, path: string, to: ServerResponse): Promise<void> => {
    if (path !== '/healthz' && path !== '/metrics') json(to, 404, { error: wireError('not-found') })
    else if (method !== 'GET' && method !== 'HEAD') {
      to.setHeader('allow', 'GET, HEAD')
      json(to, 405, { error: wireError('method-not-allowed') })
    } else if (path === '/healthz') json(to, 200, options.health())
    else {
      const text = await options.registry.metrics()
      to.writeHead(200, { 'content-type': options.registry.contentType })
      to.end(text)
    }
  }
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    answer(request.method ?? '', path, response).catch(() => {
      if (!response.headersSent) json(response, 500, { error: wireError('internal') })
      else response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
