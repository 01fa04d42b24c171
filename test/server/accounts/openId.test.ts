import { createServer, type IncomingMessage, type Server } from 'node:http'
import { expect } from 'chai'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Router } from '../../../server/router.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'
import { openBrowser, password, signUp } from './browser.ts'

interface Person {
  readonly sub: string
  readonly email: string
  readonly email_verified: boolean
  readonly name: string
}

/** Says of everybody who comes that they are `person`: OpenID Connect Core 1.0, authorization code flow, with a signed id token. */
interface Provider {
  readonly issuer: string
  person: Person
  /** Whether it answers. */
  isThere: boolean
  /** How often somebody has asked anything of it. */
  asked: number
  /** What the next id token says besides, to be refused for. */
  claims: Readonly<Record<string, unknown>>
  close(): Promise<void>
}

async function openProvider(clientId: string): Promise<Provider> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  const nonces = new Map<string, string>()
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '', provider.issuer)
    const json = (value: unknown): void => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(value))
    }
    provider.asked += 1
    if (!provider.isThere) response.writeHead(503).end()
    else if (url.pathname === '/.well-known/openid-configuration') {
      json({
        issuer: provider.issuer,
        authorization_endpoint: `${provider.issuer}/authorize`,
        token_endpoint: `${provider.issuer}/token`,
        jwks_uri: `${provider.issuer}/keys`,
        id_token_signing_alg_values_supported: ['ES256'],
      })
    } else if (url.pathname === '/keys') json({ keys: [jwk] })
    else if (url.pathname === '/authorize') {
      const code = `code-${nonces.size}`
      nonces.set(code, url.searchParams.get('nonce') ?? '')
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.searchParams.set('code', code)
      back.searchParams.set('state', url.searchParams.get('state') ?? '')
      response.writeHead(302, { location: back.href }).end()
    } else if (url.pathname === '/token') {
      void textOf(request).then(async (text) => {
        const nowS = Math.floor(Date.now() / 1000)
        const code = new URLSearchParams(text).get('code') ?? ''
        const token = await new SignJWT({
          ...provider.person,
          iss: provider.issuer,
          aud: clientId,
          iat: nowS,
          exp: nowS + 300,
          nonce: nonces.get(code),
          ...provider.claims,
        })
          .setProtectedHeader({ alg: 'ES256', kid: 'one' })
          .sign(privateKey)
        json({ access_token: 'access', token_type: 'Bearer', expires_in: 300, id_token: token })
      })
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const provider: Provider = {
    issuer: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    person: { sub: '1', email: 'somebody@login.example', email_verified: true, name: 'Somebody' },
    claims: {},
    isThere: true,
    asked: 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return provider
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

describe('signing in with OpenID Connect', () => {
  let bed: TestBed
  let router: Router
  let provider: Provider
  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
    provider = await openProvider('nearcade')
    const openId = { issuer: provider.issuer, clientId: 'nearcade', clientSecret: 'secret', name: 'Example' }
    router = await bed.start({ accounts: { publicUrl: null, mail: null, openId } })
  })
  after(async () => {
    await bed.close()
    await provider.close()
  })

  /** @returns where the browser ends up */
  async function comeIn(browser: ReturnType<typeof openBrowser>): Promise<string> {
    const begun = await browser.post('/api/auth/sign-in/social', {
      provider: 'oidc',
      callbackURL: '/account',
    })
    const there = await fetch((begun.body as { url: string }).url, { redirect: 'manual' })
    const back = new URL(there.headers.get('location') ?? '')
    expect(back.pathname).to.equal('/api/auth/callback/oidc')
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(`http://127.0.0.1:${router.port}${back.pathname}${back.search}`, {
      redirect: 'manual',
      headers: { cookie },
    })
    for (const text of answer.headers.getSetCookie()) {
      const [pair = ''] = text.split(';', 1)
      if (!/Max-Age=0/i.test(text))
        browser.cookies.set(pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1))
    }
    return answer.headers.get('location') ?? ''
  }

  it('makes an account of whom the provider names, keeps the guest’s id, and finds it again', async () => {
    const browser = openBrowser(router.port)
    expect((await browser.account()).signIn).to.deep.equal({ openId: { name: 'Example' }, verifies: false })
    const guest = await browser.player()
    provider.person = { sub: '7', email: 'seven@login.example', email_verified: true, name: 'Seven' }
    expect(await comeIn(browser)).to.match(/\/account$/)
    const { account } = await browser.account()
    expect(account).to.include({ name: 'Seven', email: 'seven@login.example', playerId: guest })
    const elsewhere = openBrowser(router.port)
    await comeIn(elsewhere)
    expect((await elsewhere.account()).account?.id).to.equal(account?.id)
  })

  it('makes no account with an address that the provider has not confirmed', async () => {
    provider.person = { sub: '6', email: 'six@login.example', email_verified: false, name: 'Six' }
    const browser = openBrowser(router.port)
    expect(await comeIn(browser)).to.contain('error=')
    expect((await browser.account()).account).to.equal(null)
  })

  it('gives nobody an account that somebody else has made with the address', async () => {
    const owner = openBrowser(router.port)
    await signUp(owner, 'owner@login.example')
    provider.person = { sub: '8', email: 'owner@login.example', email_verified: true, name: 'Eight' }
    const other = openBrowser(router.port)
    expect(await comeIn(other)).to.contain('error=')
    expect((await other.account()).account).to.equal(null)
    const again = await owner.post('/api/auth/sign-in/email', { email: 'owner@login.example', password })
    expect(again.status).to.equal(200)
  })

  for (const [what, claims] of [
    ['for another client', { aud: 'another' }],
    ['of another provider', { iss: 'https://elsewhere.example' }],
    ['from before', { nonce: 'another' }],
    ['that has run out', { exp: 1 }],
  ] as const) {
    it(`refuses an id token ${what}`, async () => {
      provider.person = { sub: '9', email: 'nine@login.example', email_verified: true, name: 'Nine' }
      provider.claims = claims
      const browser = openBrowser(router.port)
      expect(await comeIn(browser)).to.contain('error=')
      expect((await browser.account()).account).to.equal(null)
      provider.claims = {}
    })
  }

  it('holds nobody up while the provider is away, and finds it when it is back', async () => {
    provider.isThere = false
    const openId = { issuer: provider.issuer, clientId: 'nearcade', clientSecret: 'secret', name: 'Example' }
    const own = await bed.start({ accounts: { publicUrl: null, mail: null, openId } })
    const browser = openBrowser(own.port)
    await signUp(browser, 'meanwhile@example.org')
    const begin = async (): Promise<number> =>
      (await browser.post('/api/auth/sign-in/social', { provider: 'oidc', callbackURL: '/account' })).status
    expect(await begin()).to.equal(404)
    provider.isThere = true
    while ((await begin()) !== 200) await browser.account()
    await own.close()
  })

  it('is not asked again because somebody asks for a provider that there is not', async () => {
    const openId = { issuer: provider.issuer, clientId: 'nearcade', clientSecret: 'secret', name: 'Example' }
    const own = await bed.start({ accounts: { publicUrl: null, mail: null, openId } })
    const browser = openBrowser(own.port)
    await signUp(browser, 'another@example.org')
    const { asked } = provider
    const answer = await browser.post('/api/auth/sign-in/social', { provider: 'x', callbackURL: '/account' })
    expect(answer.status).to.equal(404)
    // Which waits for what has begun.
    await own.close()
    expect(provider.asked).to.equal(asked)
  })

  it('refuses an answer that this browser has not asked for', async () => {
    const path = '/api/auth/callback/oidc?code=code-0&state=made-up'
    const answer = await fetch(`http://127.0.0.1:${router.port}${path}`, { redirect: 'manual' })
    expect(answer.headers.get('location')).to.contain('error=')
    expect(answer.headers.getSetCookie().join()).not.to.contain('nearcade.session_token')
  })
})
