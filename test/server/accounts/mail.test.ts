import { expect } from 'chai'
import type { Router } from '../../../server/router.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'
import { bringIn, makeOrganisation, openBrowser, password, signIn, signUp } from './browser.ts'
import { linkIn, type Mailbox, openMailbox } from './mailbox.ts'

describe('accounts with mail', () => {
  let bed: TestBed
  let mailbox: Mailbox
  let router: Router
  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
    mailbox = await openMailbox()
    router = await bed.start({
      accounts: {
        publicUrl: 'https://play.example',
        mail: { smtpUrl: mailbox.url, from: 'Nearcade <no-reply@play.example>' },
        openId: null,
      },
    })
  })
  after(async () => {
    await bed.close()
    await mailbox.close()
  })

  const redirect = { redirect: 'manual' } as const
  const follow = (path: string, cookie = ''): Promise<Response> =>
    fetch(`http://127.0.0.1:${router.port}${path}`, { ...redirect, headers: { cookie } })

  async function confirmed(email: string, address: string): Promise<ReturnType<typeof openBrowser>> {
    const browser = openBrowser(router.port, address)
    await signUp(browser, email)
    await follow(linkIn(await mailbox.next()))
    expect((await signIn(browser, email)).status).to.equal(200)
    return browser
  }

  it('let in only who has confirmed the address, by a link at the public address', async () => {
    const browser = openBrowser(router.port)
    const guest = await browser.player()
    await signUp(browser, 'new@example.org')
    const message = await mailbox.next()
    expect(message).to.contain('To: new@example.org').and.to.contain('From: Nearcade <no-reply@play.example>')
    expect(message).to.contain('https://play.example/api/auth/verify-email?')
    expect((await browser.account()).account).to.equal(null)
    const early = await signIn(browser, 'new@example.org')
    expect(early.body).to.include({ code: 'EMAIL_NOT_VERIFIED' })
    await mailbox.next()
    const answer = await follow(linkIn(message))
    expect(answer.status).to.equal(302)
    expect(answer.headers.get('location')).to.equal('/')
    expect(answer.headers.getSetCookie()).to.deep.equal([])
    expect((await signIn(browser, 'new@example.org')).status).to.equal(200)
    expect(await browser.player()).to.equal(guest)
  })

  it('leave a browser whose it is that opens a stranger’s link', async () => {
    const stranger = openBrowser(router.port, '192.0.2.11')
    await signUp(stranger, 'stranger@example.org')
    const link = linkIn(await mailbox.next())
    const browser = openBrowser(router.port, '192.0.2.12')
    const guest = await browser.player()
    expect((await browser.get(link)).status).to.equal(200)
    expect(await browser.player()).to.equal(guest)
    expect((await browser.account()).account).to.equal(null)
  })

  it('hand over what a guest has saved with the first sign-in alone, not to a mistyped address', async () => {
    const browser = openBrowser(router.port, '192.0.2.13')
    const guest = await browser.player()
    await signUp(browser, 'mistypd@example.org')
    const link = linkIn(await mailbox.next())
    await signUp(browser, 'mistyped@example.org')
    await follow(linkIn(await mailbox.next()))
    expect((await signIn(browser, 'mistyped@example.org')).status).to.equal(200)
    expect(await browser.player()).to.equal(guest)
    await follow(link)
    const elsewhere = openBrowser(router.port, '192.0.2.14')
    const own = await elsewhere.player()
    expect((await signIn(elsewhere, 'mistypd@example.org')).status).to.equal(200)
    expect(await elsewhere.player()).to.equal(own)
    const again = openBrowser(router.port, '192.0.2.15')
    await again.player()
    await signIn(again, 'mistypd@example.org')
    expect(await again.player(), 'once').to.equal(own)
  })

  it('change an address by a link to the old one, then one to the new one, where the account is signed in', async () => {
    const browser = await confirmed('old@example.org', '192.0.2.16')
    const elsewhere = openBrowser(router.port, '192.0.2.17')
    await signIn(elsewhere, 'old@example.org')
    const change = (newEmail: string, word?: string): ReturnType<typeof browser.post> =>
      browser.post('/api/auth/change-email', { newEmail, password: word, callbackURL: '/account' })
    for (const word of [undefined, 'not this one'])
      expect((await change('new-one@example.org', word)).body).to.include({ code: 'INVALID_PASSWORD' })
    expect((await change('New-One@example.org', password)).status).to.equal(200)
    const toOld = await mailbox.next()
    expect(toOld).to.contain('To: old@example.org').and.to.contain('new-one@example.org')
    expect((await follow(linkIn(toOld))).status).to.equal(302)
    const toNew = await mailbox.next()
    expect(toNew).to.contain('To: new-one@example.org')

    const stranger = openBrowser(router.port, '192.0.2.18')
    const guest = await stranger.player()
    const cookie = [...stranger.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const refused = await follow(linkIn(toNew), cookie)
    expect(refused.headers.get('location')).to.match(/\/account\?error=sign_in_first$/)
    expect(refused.headers.getSetCookie()).to.deep.equal([])
    expect(await stranger.player()).to.equal(guest)
    expect((await browser.account()).account?.email).to.equal('old@example.org')

    const own = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    expect((await follow(linkIn(toNew), own)).headers.get('location')).to.equal('/account')
    expect(await mailbox.next())
      .to.contain('To: old@example.org')
      .and.to.contain('was changed')
    for (const by of [browser, elsewhere])
      expect((await by.account()).account?.email, 'signed in still').to.equal('new-one@example.org')
    expect((await follow(linkIn(toNew), own)).headers.get('location')).to.contain('error=')
    expect((await signIn(stranger, 'old@example.org')).status).to.equal(401)
    expect((await signIn(stranger, 'new-one@example.org')).status).to.equal(200)
    const noted = await bed.store.accounts.audit(null, null, 20)
    expect(noted.filter(({ action }) => action === 'email-changed')).to.have.length(1)
    expect(JSON.stringify(noted)).not.to.contain('@')
  })

  it('change no address to one that somebody has, and tell nobody so', async () => {
    await confirmed('first@example.org', '192.0.2.19')
    const browser = await confirmed('second@example.org', '192.0.2.20')
    const wanted = { newEmail: 'first@example.org', password }
    expect((await browser.post('/api/auth/change-email', wanted)).body).to.deep.equal({ status: true })
    expect(mailbox.waiting).to.deep.equal([])
    expect((await browser.account()).account?.email).to.equal('second@example.org')
  })

  it('answer a second sign-up with an address as the first, and tell its owner alone', async () => {
    await confirmed('taken@example.org', '192.0.2.21')
    const stranger = openBrowser(router.port, '192.0.2.22')
    const wanted = { name: 'Stranger', password: 'some other password' }
    const fresh = await stranger.post('/api/auth/sign-up/email', { ...wanted, email: 'fresh@example.org' })
    await mailbox.next()
    const taken = await stranger.post('/api/auth/sign-up/email', { ...wanted, email: 'taken@example.org' })
    expect(await mailbox.next()).to.contain('You have an account already')
    expect(taken.status).to.equal(fresh.status)
    const shape = (body: unknown): unknown => {
      const { user, ...rest } = body as { user: object }
      return [rest, Object.keys(user).sort()]
    }
    expect(shape(taken.body)).to.deep.equal(shape(fresh.body))
    expect((await signIn(stranger, 'taken@example.org', wanted.password)).status).to.equal(401)
  })

  it('set a new password by a link that works once, ends every session and waits for no lock', async () => {
    const email = 'forgot@example.org'
    const browser = await confirmed(email, '192.0.2.31')
    const stranger = openBrowser(router.port, '192.0.2.32')
    let status = 0
    while (status !== 429) ({ status } = await signIn(stranger, email, 'a wrong guess'))

    const asking = { redirectTo: '/account?reset=1' }
    const known = await stranger.post('/api/auth/request-password-reset', { ...asking, email })
    const unknown = await stranger.post('/api/auth/request-password-reset', {
      ...asking,
      email: 'no@example.org',
    })
    expect(unknown.body).to.deep.equal(known.body)
    const message = await mailbox.next()
    expect(message).to.contain(`To: ${email}`)
    const answer = await follow(linkIn(message))
    const location = answer.headers.get('location') ?? ''
    expect(location).to.match(/^https:\/\/play\.example\/account\?reset=1&token=\w+$/)
    const token = new URL(location).searchParams.get('token')
    const reset = (newPassword: string): Promise<{ status: number }> =>
      stranger.post('/api/auth/reset-password', { token, newPassword })
    expect((await reset('a new long password')).status).to.equal(200)
    expect((await reset('yet another password')).status).to.equal(400)
    expect((await browser.account()).account).to.equal(null)
    expect((await signIn(stranger, email, password)).status).to.equal(401)
    expect((await signIn(stranger, email, 'a new long password')).status).to.equal(200)
    expect(JSON.stringify(await bed.store.accounts.audit(null, null, 100))).not.to.contain(token)
  })

  it('leave whoever made an account with somebody’s address no way in beside the new password', async () => {
    const stranger = openBrowser(router.port, '192.0.2.33')
    await signUp(stranger, 'claimed@example.org')
    await mailbox.next()
    const database = bed.store.accounts.library.database as { execute(text: string): Promise<unknown> }
    await database.execute(`insert into account_credentials (id, account_id, provider_id, provider_account_id)
      select 'other-way', id, 'oidc', 'theirs' from accounts where email = 'claimed@example.org'`)
    const owner = openBrowser(router.port, '192.0.2.34')
    await owner.post('/api/auth/request-password-reset', {
      email: 'claimed@example.org',
      redirectTo: '/account',
    })
    const at = (await follow(linkIn(await mailbox.next()))).headers.get('location') ?? ''
    const token = new URL(at).searchParams.get('token')
    expect((await owner.post('/api/auth/reset-password', { token, newPassword: password })).status).to.equal(
      200,
    )
    const left = await database.execute("select provider_id from account_credentials where id = 'other-way'")
    expect((left as { rows: unknown[] }).rows).to.deep.equal([])
  })

  it('invite members', async () => {
    const owner = await confirmed('owner@example.org', '192.0.2.41')
    const member = await confirmed('member@example.org', '192.0.2.42')
    const orgId = await makeOrganisation(owner, 'studio')
    await bringIn(owner, orgId, member, 'developer')
    const message = await mailbox.next()
    expect(message).to.contain('Subject: You are invited to The studio')
    expect(message).to.match(/https:\/\/play\.example\/publisher\?invitation=\w+/)
  })

  it('send one mailbox only so much, whoever asks', async () => {
    const email = 'flooded@example.org'
    await confirmed(email, '192.0.2.51')
    for (let from = 60; from < 80; from += 1)
      await openBrowser(router.port, `192.0.2.${from}`).post('/api/auth/request-password-reset', { email })
    // What comes after the last of them is already another's.
    await signUp(openBrowser(router.port, '192.0.2.81'), 'after@example.org')
    let count = 0
    while (!(await mailbox.next()).includes('To: after@example.org')) count += 1
    expect(count).to.be.within(1, 4)
  })

  it('let links lead nowhere else', async () => {
    const browser = openBrowser(router.port, '192.0.2.91')
    for (const redirectTo of ['https://elsewhere.example/', '//elsewhere.example', 'javascript:alert(1)']) {
      const answer = await browser.post('/api/auth/request-password-reset', {
        email: 'new@example.org',
        redirectTo,
      })
      expect(answer.status, redirectTo).to.equal(403)
    }
  })
})
