import { chmod, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'

/** How the node does, as `edge status` tells. */
export interface NodeHealth {
  readonly ok: true
  readonly nodeId: string
  readonly online: boolean
  readonly draining: boolean
  readonly seats: number
  readonly sessions: number
  readonly titles: readonly string[]
}

/** unix(7): `sun_path` with its end. */
const maxPathBytes = 107

/** In the node's data folder. */
export const controlSocketIn = (dataDir: string): string => join(dataDir, 'control.sock')

/**
 * Takes orders of whoever may write to the node's data folder: `GET /status`, `POST /drain`, `POST /resume`; each answers with the health.
 * @throws where the socket cannot be made, as where its path is too long
 */
export async function serveControl(options: {
  readonly dataDir: string
  health(): NodeHealth
  /** Takes no new sessions, or takes them again; those that run go on either way. */
  setDrained(drained: boolean): Promise<void>
}): Promise<AsyncDisposable> {
  const file = controlSocketIn(options.dataDir)
  if (Buffer.byteLength(file) > maxPathBytes) throw new Error(`${file} is too long for a socket`)
  const orders: Readonly<Record<string, () => Promise<void>>> = {
    'GET /status': async () => {},
    'POST /drain': () => options.setDrained(true),
    'POST /resume': () => options.setDrained(false),
  }
  const server = createServer((request, response) => {
    const order = orders[`${request.method} ${request.url}`]
    if (order === undefined) return void response.writeHead(404).end()
    order().then(
      () => response.setHeader('content-type', 'application/json').end(JSON.stringify(options.health())),
      () => response.writeHead(500).end(),
    )
  })
  // What a killed node has left would be in the way.
  await rm(file, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(file, () => {
      server.off('error', reject)
      resolve()
    })
  })
  await chmod(file, 0o600)
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
