import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'

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
/** The largest body is 16 MiB (config/protocol/packageFrames.ts): in 15 minutes it comes over 150 kbit/s. */
const requestMs = 15 * 60_000

/**
 * @param silenceMs a request that is on its way and of which nothing came for so long is cut
 * @throws ListenError
 */
export function listen(
  handler: RequestListener,
  host: string,
  port: number,
  silenceMs = 30_000,
): Promise<Listening> {
  const server = createServer(
    { requestTimeout: requestMs, headersTimeout: 10_000, keepAliveTimeout: 10_000 },
    (request, response) => {
      cutWhenSilent(request, silenceMs)
      handler(request, response)
    },
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

/** While its body comes, and no longer: an answer may take its time. A socket that times out is destroyed by its server. */
function cutWhenSilent(request: IncomingMessage, silenceMs: number): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  if (length === '0' && encoding === undefined) return
  request.setTimeout(silenceMs)
  request.once('end', () => request.setTimeout(0))
}
