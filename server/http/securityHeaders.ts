import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'

/** Host header as a browser sends it; anything else has no business in a policy. */
const hostName = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/i

/** Where the page may connect to. Not every browser counts WebSockets of the same origin as `'self'`. */
export function connectSources(host: string | undefined): string {
  return host !== undefined && hostName.test(host) ? `'self' ws://${host} wss://${host}` : "'self'"
}

/** A strict policy: nothing inline, nothing from elsewhere. @param origins whose pages may frame it, besides our own */
const policy = (origins: readonly string[]) => ({
  useDefaults: false,
  directives: {
    'default-src': ["'self'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'connect-src': [
      (request: IncomingMessage, _response: ServerResponse) => connectSources(request.headers.host),
    ],
    'img-src': ["'self'", 'data:', 'blob:'],
    'media-src': ["'self'", 'blob:'],
    'worker-src': ["'self'", 'blob:'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'self'", ...origins],
  },
})

export function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: policy([]),
    referrerPolicy: { policy: 'same-origin' },
    // Whether this host is only ever reached by HTTPS is for whoever terminates TLS to say.
    strictTransportSecurity: false,
  })
}

/** Lets the pages of these origins frame this one answer. */
export function framedBy(
  origins: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (origins.length === 0) return Promise.resolve()
  // It knows no list; browsers that know `frame-ancestors` ignore it, the others must not refuse everybody.
  response.removeHeader('X-Frame-Options')
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
  return new Promise((resolve, reject) => {
    helmet.contentSecurityPolicy(policy(origins))(request, response, (failure?: unknown) =>
      failure === undefined ? resolve() : reject(failure as Error),
    )
  })
}
