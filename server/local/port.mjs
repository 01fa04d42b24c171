import { createServer } from 'node:net'
import { SetUpError } from './setUpError.mjs'

/**
 * @param {string} host
 * @param {number} port 0 takes a free one
 * @returns {Promise<number>} the port, free a moment ago
 * @throws {SetUpError} that names the port, when nobody can listen there
 */
export function requireFreePort(host, port) {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause) => reject(new SetUpError(explain(host, port, cause), { cause })))
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      const found = typeof address === 'object' && address ? address.port : port
      server.close(() => resolve(found))
    })
  })
}

/**
 * @param {string} host
 * @param {number} port
 * @param {NodeJS.ErrnoException} cause
 */
function explain(host, port, cause) {
  const another = `npm start -- --port ${port === 8080 ? 8081 : 8080}`
  switch (cause.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken by another program. Choose another with --port, for example: ${another}`
    case 'EACCES':
      return `Port ${port} on ${host} may only be used by root. Choose another with --port, for example: ${another}`
    case 'EADDRNOTAVAIL':
    case 'EAI_AGAIN':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine. Choose another with --host, for example --host 127.0.0.1`
    default:
      return `Nothing can listen on ${host}, port ${port}: ${cause.message}`
  }
}

/**
 * @param {string} host as listened on
 * @returns {string} the host that a client on this machine connects to, as it stands in a URL
 */
export function localHost(host) {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
