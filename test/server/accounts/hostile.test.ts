import { expect } from 'chai'
import type { Router } from '../../../server/router.ts'
import { request } from '../support/fakePlayer.ts'
import { bringIn, type Browser, openBrowser, password, signIn, signUp } from './browser.ts'
import { openStudio, type Studio } from './studio.ts'

const posts = [
  '/sign-up/email',
  '/sign-in/email',
  '/sign-in/social',
  '/sign-out',
  '/request-password-reset',
  '/reset-password',
  '/send-verification-email',
  '/change-password',
  '/update-user',
  '/delete-user',
  '/revoke-session',
  '/passkey/verify-registration',
  '/passkey/verify-authentication',
  '/passkey/delete-passkey',
  '/organization/create',
  '/organization/update',
  '/organization/invite-member',
  '/organization/accept-invitation',
  '/organization/update-member-role',
  '/organization/remove-member',
  '/organization/set-active',
  '/organization/delete',
  '/no-such-door',
]
const gets = [
  '/get-session?disableCookieCache=%FF',
  '/verify-email?token=abc',
  '/reset-password/abc?callbackURL=/account',
  '/callback/oidc?code=1&state=2',
  '/list-sessions',
  '/passkey/generate-register-options',
  '/organization/list-members?organizationId=x',
  '/organization/get-full-organization?organizationId=x',
  '/organization/get-invitation?id=x',
  '/delete-user/callback?token=x',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/ok',
  '/error',
]

describe('whoever means accounts ill', () => {
  let studio: Studio
  let router: Router
  let owner: Browser
  let orgId: string
  before(async function () {
    this.timeout(60_000)
    studio = await openStudio()
    ;({ router, owner, orgId } = studio)
  })
  after(() => studio.bed.close())

  let people = 0
  const somewhere = (): Browser => studio.somewhere()

  it('gets a refusal for everything that makes no sense, never a fault of ours', async function () {
    this.timeout(60_000)
    const member = somewhere()
    await signUp(member, 'fuzz@example.org')
    const text = '\u{1F47E}'.repeat(50)
    const bodies: readonly unknown[] = [
      '{',
      '[]',
      '"text"',
      'null',
      {},
      { email: 'lone\ud800@example.org', name: 'lone \ud800', password: 'lone lone lone' },
      { email: 1, password: [], name: {}, token: null, id: {}, response: 1 },
      {
        email: 'a@b',
        password: 'x',
        name: text,
        newPassword: text,
        token: text,
        slug: text,
        organizationId: text,
      },
      { email: 'zero\u0000@example.org', password: 'zero zero zero', name: 'zero' },
      { email: 'x@example.org', password: 'x'.repeat(20_000), name: 'x' },
      {
        __proto__: { isOperator: true },
        constructor: {},
        organizationId: ['a'],
        role: ['owner', {}],
        data: [],
      },
      { provider: 'oidc', callbackURL: 'https://elsewhere.example', data: { name: 1 }, memberId: -1 },
    ]
    for (const by of [openBrowser(router.port, '192.0.2.77'), member])
      for (const path of posts)
        for (const body of bodies) {
          const answer = await by.post(`/api/auth${path}`, body, {
            'x-forwarded-for': `198.51.100.${(people += 1) % 250}`,
          })
          expect(answer.status, `${path} ${JSON.stringify(body)?.slice(0, 80)}`).to.be.lessThan(500)
        }
    for (const path of gets)
      for (const cookie of [
        '',
        `nearcade.session_token=${member.cookies.get('nearcade.session_token') ?? ''}`,
      ]) {
        const options = { redirect: 'manual', headers: { cookie } } as const
        const answer = await fetch(`http://127.0.0.1:${router.port}/api/auth${path}`, options)
        expect(answer.status, path).to.be.lessThan(500)
      }
    for (const path of [`keys/${orgId}/%00`, `keys/%00/x`, `keys/${orgId}/${'x'.repeat(5000)}`])
      expect((await owner.delete(`/api/account/${path}`)).status, path).to.be.within(400, 404)
    for (const method of ['PUT', 'DELETE', 'PATCH'])
      expect((await request(router.port, method, '/api/auth/sign-out')).code).to.equal('method-not-allowed')
  })

  it('gets nothing by bodies that are too large, packed, or no JSON', async () => {
    const send = (headers: Record<string, string>, body: string): ReturnType<typeof request> =>
      request(router.port, 'POST', '/api/auth/sign-in/email', body, headers)
    const json = { 'content-type': 'application/json' }
    expect((await send(json, JSON.stringify({ email: 'x'.repeat(40_000) }))).code).to.equal(
      'message-too-large',
    )
    expect((await send({ ...json, 'content-encoding': 'gzip' }, 'x')).code).to.equal('bad-request')
    expect((await send({ 'content-type': 'text/plain' }, '{}')).code).to.equal('bad-request')
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await send(form, `email=owner@example.org&password=${password}`)).code).to.equal('bad-request')
    expect((await send(json, '{"email":')).code).to.equal('bad-request')
  })

  it('gets nothing from the page of another site', async () => {
    const origin = { origin: 'https://elsewhere.example' }
    for (const [path, body] of [
      ['/api/auth/sign-out', {}],
      ['/api/auth/organization/create', { name: 'X', slug: 'x', kind: 'host' }],
      [`/api/account/keys/${orgId}`, { name: 'k', scopes: ['titles:read'] }],
      ['/api/account/operator', { token: 'x' }],
    ] as const) {
      expect((await owner.post(path, body, origin)).code, path).to.equal('cross-origin')
      expect((await owner.post(path, body, { 'sec-fetch-site': 'cross-site' })).code, path).to.equal(
        'cross-origin',
      )
    }
    expect((await owner.account()).account).not.to.equal(null)
  })

  it('gets nothing by a forged or altered cookie', async () => {
    const real = owner.cookies.get('nearcade.session_token') ?? ''
    const [token = '', signature = ''] = decodeURIComponent(real).split('.')
    for (const forged of [
      token,
      `${token}.`,
      encodeURIComponent(`${token}.${signature.slice(0, -3)}AA=`),
      encodeURIComponent(`${token.slice(0, -1)}x.${signature}`),
      encodeURIComponent(`' or 1=1 --.${signature}`),
      '%00',
      '%',
      'x'.repeat(5000),
    ]) {
      const cookie = `nearcade.session_token=${forged}`
      const answer = await request(router.port, 'GET', '/api/account', undefined, { cookie })
      expect(
        [answer.status, (answer.body as { account: unknown }).account],
        forged.slice(0, 60),
      ).to.deep.equal([200, null])
    }
  })

  it('becomes nobody else by what they say of themselves', async () => {
    const browser = somewhere()
    const wanted = { name: 'Sly', email: 'sly@example.org', password }
    await browser.post('/api/auth/sign-up/email', {
      ...wanted,
      isOperator: true,
      playerId: 'somebody',
      emailVerified: true,
    })
    if ((await browser.account()).account === null) await signUp(browser, wanted.email)
    await browser.post('/api/auth/update-user', { name: 'Sly', isOperator: true, playerId: 'somebody' })
    const { account } = await browser.account()
    expect(account?.isOperator).to.equal(false)
    expect(account?.playerId).not.to.equal('somebody')
  })

  it('does not see or change an organisation from outside, nor from a lesser role', async () => {
    const outsider = somewhere()
    await signUp(outsider, 'outsider@example.org')
    const developer = somewhere()
    await signUp(developer, 'dev@example.org')
    await bringIn(owner, orgId, developer, 'developer')
    const listed = await owner.get(`/api/auth/organization/list-members?organizationId=${orgId}`)
    const members = (listed.body as { members: { id: string; role: string }[] }).members
    const ownersId = members.find(({ role }) => role === 'owner')?.id
    const developersId = members.find(({ role }) => role === 'developer')?.id
    for (const by of [outsider, developer])
      for (const [path, body] of [
        ['invite-member', { email: 'friend@example.org', role: 'owner' }],
        ['update-member-role', { memberId: developersId, role: 'owner' }],
        ['update-member-role', { memberId: ownersId, role: 'analyst' }],
        ['remove-member', { memberIdOrEmail: ownersId }],
        ['update', { data: { name: 'Taken over' } }],
        ['delete', {}],
        ['add-member', { userId: 'x', role: 'owner' }],
      ] as const) {
        const answer = await by.post(`/api/auth/organization/${path}`, { organizationId: orgId, ...body })
        expect(answer.status, path).to.be.within(400, 404)
      }
    for (const path of ['list-members', 'list-invitations', 'get-full-organization']) {
      const answer = await outsider.get(`/api/auth/organization/${path}?organizationId=${orgId}`)
      expect(answer.status, path).to.be.within(400, 404)
    }
    const after = await owner.get(`/api/auth/organization/list-members?organizationId=${orgId}`)
    expect((after.body as { members: unknown }).members).to.deep.equal(members)
  })

  it('gets no account for what is no address, or one that is taken in other letters', async () => {
    const browser = somewhere()
    const tried = async (email: string): Promise<number> =>
      (await browser.post('/api/auth/sign-up/email', { name: 'X', email, password })).status
    for (const email of [
      '',
      'a',
      'a@',
      '@b.c',
      'ünïcode@example.org',
      'a@b.c\nBcc: x@y.z',
      `${'x'.repeat(300)}@example.org`,
    ])
      expect(await tried(email), email.slice(0, 30)).to.be.within(400, 422)
    expect(await tried('OWNER@example.org')).to.equal(422)
    expect((await signIn(browser, 'owner@example.org')).status).to.equal(200)
  })

  it('gets no password that is too short or too long', async () => {
    const browser = somewhere()
    for (const word of ['', 'short', 'x'.repeat(129)]) {
      const body = { name: 'X', email: 'short@example.org', password: word }
      expect((await browser.post('/api/auth/sign-up/email', body)).status).to.equal(400)
    }
  })

  it('sees cookies that no script reads, and that go over TLS alone where there is TLS', async () => {
    const browser = somewhere()
    await signUp(browser, 'cookie@example.org')
    const plain = await signIn(browser, 'cookie@example.org')
    for (const cookie of plain.headers.getSetCookie())
      expect(cookie)
        .to.match(/HttpOnly/i)
        .and.to.match(/SameSite=Lax/i)
        .and.not.to.match(/Secure/i)
    const secure = await browser.post(
      '/api/auth/sign-in/email',
      { email: 'cookie@example.org', password },
      { 'x-forwarded-proto': 'https' },
    )
    expect(secure.headers.getSetCookie()).to.have.length.greaterThan(0)
    for (const cookie of secure.headers.getSetCookie()) expect(cookie).to.match(/; Secure/i)
  })
})
