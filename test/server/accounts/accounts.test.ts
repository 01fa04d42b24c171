import { expect } from 'chai'
import type { Router } from '../../../server/router.ts'
import { connectNode } from '../support/fakeNode.ts'
import { createBody } from '../support/fakePlayer.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'
import { openBrowser, password, signIn, signUp } from './browser.ts'

describe('accounts', () => {
  let bed: TestBed
  let router: Router
  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
    router = await bed.start()
  })
  after(() => bed.close())

  it('keeps the guest’s id when they sign up, gives it to every browser that signs in, and takes it back at the end', async () => {
    const first = openBrowser(router.port)
    const guest = await first.player()
    await signUp(first, 'anna@example.org', 'Anna')
    expect(await first.player()).to.equal(guest)
    const { account, organisations } = await first.account()
    expect(account).to.include({
      name: 'Anna',
      email: 'anna@example.org',
      isOperator: false,
      playerId: guest,
    })
    expect(organisations).to.deep.equal([])

    const second = openBrowser(router.port)
    const before = await second.player()
    expect((await signIn(second, 'Anna@Example.org')).status).to.equal(200)
    expect(await second.player())
      .to.equal(guest)
      .and.not.to.equal(before)
    expect((await second.post('/api/auth/sign-out')).status).to.equal(200)
    expect(await second.player(), 'who was here before').to.equal(before)
    expect((await second.account()).account).to.equal(null)
    expect(await first.player()).to.equal(guest)
  })

  it('keeps sessions and saves of the guest who signs up, on every browser of theirs, until the account is deleted', async () => {
    const node = await connectNode(router.port, { key: await bed.enrolledKey(), status: {} })
    const first = openBrowser(router.port)
    const guest = await first.player()
    const created = first.post('/api/sessions', createBody())
    await node.runSession()
    const { id } = (await created).body as { id: string }
    const key = { guestId: guest, titleId: 'other', slot: 1 }
    await bed.store.saves.take(key, 0, { sessionId: id, nodeId: node.key.nodeId, leaseId: 'lease' })
    await signUp(first, 'player@example.org')
    const second = openBrowser(router.port)
    await signIn(second, 'player@example.org')
    for (const browser of [first, second]) {
      const { sessions } = (await browser.get('/api/me')).body as { sessions: { id: string }[] }
      expect(sessions.map((session) => session.id)).to.deep.equal([id])
    }
    expect((await second.delete(`/api/sessions/${id}`)).status).to.equal(200)
    expect(await bed.store.saves.homes(guest, 'other')).to.have.length(1)
    expect((await second.post('/api/auth/delete-user', { password })).status).to.equal(200)
    expect(await bed.store.saves.homes(guest, 'other')).to.deep.equal([])
    expect(await first.player()).not.to.equal(guest)
    await node.close()
  })

  it('gives a second account of one browser a player of its own', async () => {
    const browser = openBrowser(router.port)
    const guest = await browser.player()
    await signUp(browser, 'one@example.org')
    await signUp(browser, 'two@example.org')
    const { account } = await browser.account()
    expect(account?.email).to.equal('two@example.org')
    expect(account?.playerId).not.to.equal(guest)
  })

  it('ends a session from elsewhere, and with it the player there', async () => {
    const first = openBrowser(router.port)
    await signUp(first, 'revoked@example.org')
    const second = openBrowser(router.port)
    await signIn(second, 'revoked@example.org')
    const player = await second.player()
    const listed = (await first.get('/api/auth/list-sessions')).body as { token: string }[]
    expect(listed).to.have.length(2)
    expect((await first.post('/api/auth/revoke-other-sessions')).status).to.equal(200)
    expect((await second.account()).account).to.equal(null)
    expect(await second.player()).not.to.equal(player)
    expect(await first.player()).to.equal(player)
  })

  it('keeps somebody signed in who comes back within a month', async () => {
    const browser = openBrowser(router.port)
    await signUp(browser, 'back@example.org')
    const cookieAfter = async (days: number): Promise<string | undefined> => {
      const database = bed.store.accounts.library.database as { execute(sql: string): Promise<unknown> }
      await database.execute(`update account_sessions set expires_at = now() + interval '${30 - days} days'
        where account_id = (select id from accounts where email = 'back@example.org')`)
      const { headers } = await browser.get('/api/account')
      return headers.getSetCookie().find((text) => text.startsWith('nearcade.session_token='))
    }
    expect(await cookieAfter(0.5)).to.equal(undefined)
    expect(await cookieAfter(29)).to.match(/Max-Age=2592000/i)
    expect((await browser.account()).account).not.to.equal(null)
    await cookieAfter(31)
    const guest = await browser.player()
    expect((await browser.account()).account).to.equal(null)
    expect(await browser.player()).to.equal(guest)
  })

  it('changes a password for whoever knows the old one, and signs out the others', async () => {
    const browser = openBrowser(router.port)
    await signUp(browser, 'change@example.org')
    const other = openBrowser(router.port)
    await signIn(other, 'change@example.org')
    const change = (currentPassword: string): Promise<{ status: number }> =>
      browser.post('/api/auth/change-password', {
        currentPassword,
        newPassword: 'another long password',
        revokeOtherSessions: true,
      })
    expect((await change('not this one')).status).to.equal(400)
    expect((await change(password)).status).to.equal(200)
    expect((await other.account()).account).to.equal(null)
    expect((await signIn(other, 'change@example.org')).status).to.equal(401)
    expect((await signIn(other, 'change@example.org', 'another long password')).status).to.equal(200)
  })
})
