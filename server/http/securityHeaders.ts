import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'

/** Host header as a browser sends it; anything else has no business in a policy. */
const hostName = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/i

/** Where the page may connect to. Not every browser counts WebSockets of the same origin as `'self'`. */
export function connectSources(host: string | undefined): string {
  return host !== undefined && hostName.test(host) ? `'self' ws://${host} wss://${host}` : "'self'"
}

/** A strict policy: nothing inline, nothing from elsewhere. */
export function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
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
        'frame-ancestors': ["'self'"],
      },
    },
    referrerPolicy: { policy: 'same-origin' },
    // Whether this host is only ever reached by HTTPS is for whoever terminates TLS to say.
    strictTransportSecurity: false,
  })
}
