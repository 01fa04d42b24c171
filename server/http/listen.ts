import { createServer, type RequestListener, type Server } from 'node:http'

/** The router could not take its address. */
export class ListenError extends Error {
  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    super(`${reason(host, port, cause)}`, { cause })
    this.name = 'ListenError'
  }
}

function reason(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program. Stop it, or choose another port with NEARCADE_PORT.`
  }
  if (code === 'EACCES')
    return `Port ${port} needs rights that this user does not have. Choose one above 1023 with NEARCADE_PORT.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is no address of this machine. Choose another one with NEARCADE_HOST.`
  }
  return `Listening on ${host}:${port} failed: ${message}`
}

export interface Listening {
  readonly server: Server
  /** The one taken where 0 was asked. */
  readonly port: number
  /** Stops taking requests and waits for those in work, but not for ever. Calling it again waits for the same end. */
  close(): Promise<void>
}

const drainMs = 3000

/** @throws ListenError */
export function listen(handler: RequestListener, host: string, port: number): Promise<Listening> {
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 10_000 },
    handler,
  )
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(new ListenError(host, port, cause)))
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      const address = server.address()
      let closing: Promise<void> | null = null
      resolve({
        server,
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () => {
          closing ??= new Promise((closed) => {
            const limit = setTimeout(() => server.closeAllConnections(), drainMs)
            server.close(() => {
              clearTimeout(limit)
              closed()
            })
            server.closeIdleConnections()
          })
          return closing
        },
      })
    })
  })
}
