import { randomUUID, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

/**
 * What the site knows of the network.
 * @typedef {object} Network
 * @property {string} url its address, as browsers have it
 * @property {string} game the title's id
 * @property {string} orgId the organisation that registered the key's public half
 * @property {string} keyId as the network named that key
 * @property {import('node:crypto').KeyObject} key the private half, Ed25519: it never leaves this server
 */

const lifetimeS = 60
const files = new Map([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/page.js', ['page.js', 'text/javascript']],
  ['/style.css', ['style.css', 'text/css']],
])

/**
 * Says to the network who this user is: a JSON Web Token (RFC 7519), good for one visit within a minute.
 * @param {Network} network
 * @param {string} user whatever the site calls its user by; the same user gets the same saves
 */
export function launchToken({ url, game, orgId, keyId, key }, user) {
  const nowS = Math.floor(Date.now() / 1000)
  const header = { alg: 'EdDSA', kid: keyId }
  const claims = {
    iss: orgId,
    sub: user,
    title: game,
    aud: url,
    iat: nowS,
    exp: nowS + lifetimeS,
    jti: randomUUID(),
  }
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
}

/**
 * A small site: every browser is a user of its own, known by a cookie, as a shop knows who has signed in.
 * @param {() => Network} network
 */
export function createSite(network) {
  return createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    const known = /(?:^|; )user=([0-9a-f-]{36})/.exec(request.headers.cookie ?? '')?.[1]
    if (pathname === '/launch-token' && request.method === 'POST') {
      // Asked by our own page for whoever is signed in, and by nobody else for them: the cookie is SameSite.
      if (known === undefined) return response.writeHead(401).end()
      return response.setHeader('Cache-Control', 'no-store').end(launchToken(network(), known))
    }
    const [file, type] = files.get(pathname) ?? []
    if (file === undefined || type === undefined) return response.writeHead(404).end()
    const { url, game } = network()
    const text = await readFile(new URL(file, import.meta.url), 'utf8')
    if (known === undefined)
      response.setHeader(
        'Set-Cookie',
        `user=${randomUUID()}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`,
      )
    response.setHeader('Content-Type', type)
    return response.end(text.replaceAll('{{network}}', url).replaceAll('{{game}}', game))
  })
}
