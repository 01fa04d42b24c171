import { createHash } from 'node:crypto'
import path from 'node:path'
import { expect } from 'chai'
import { fromBuffer } from 'yauzl'
import { playerData } from '../../../config/protocol/leaving.ts'
import { openBlobs } from '../../../server/blobs/openBlobs.ts'
import type { Router } from '../../../server/router.ts'
import { connectNode } from '../support/fakeNode.ts'
import { createBody } from '../support/fakePlayer.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'
import { openBrowser, password, signIn, signUp } from './browser.ts'

/** By path, as text. */
function filesIn(zip: Buffer): Promise<ReadonlyMap<string, string>> {
  return new Promise((resolve, reject) => {
    const found = new Map<string, string>()
    fromBuffer(zip, { lazyEntries: true }, (cause, file) => {
      if (cause !== null) return reject(cause)
      file.on('error', reject)
      file.on('end', () => resolve(found))
      file.on('entry', (entry) =>
        file.openReadStream(entry, (fault, stream) => {
          if (fault !== null) return reject(fault)
          const parts: Buffer[] = []
          stream.on('data', (part: Buffer) => parts.push(part))
          stream.on('end', () => {
            found.set(entry.fileName, Buffer.concat(parts).toString('utf8'))
            file.readEntry()
          })
        }),
      )
      file.readEntry()
    })
  })
}

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

  it('takes nothing of a guest’s cookie that was copied before they signed up', async () => {
    const browser = openBrowser(router.port)
    const guest = await browser.player()
    const copy = openBrowser(router.port, '192.0.2.40')
    copy.cookies.set('nearcade_guest', browser.cookies.get('nearcade_guest') ?? '')
    expect(await copy.player()).to.equal(guest)
    const token = { 'x-nearcade-guest': copy.cookies.get('nearcade_guest') ?? '' }
    expect((await openBrowser(router.port).get('/api/me', token)).status).to.equal(200)
    await signUp(browser, 'copied@example.org')
    expect(browser.cookies.has('nearcade_guest')).to.equal(false)
    expect(await browser.player()).to.equal(guest)
    expect((await openBrowser(router.port).get('/api/me', token)).code).to.equal('guest-needed')
    expect(await copy.player()).not.to.equal(guest)
  })

  it('gives players all that is kept of them in one file, and drops it when they want', async () => {
    const node = await connectNode(router.port, { key: await bed.enrolledKey(), status: {} })
    const browser = openBrowser(router.port)
    const data = async () => playerData.parse((await browser.get('/api/account/player')).body)
    expect(await data()).to.deep.equal({ saves: [], sessions: 0, ratings: 0 })
    expect((await browser.get('/api/account/player/export')).code).to.equal('guest-needed')
    const guest = await browser.player()
    const created = browser.post('/api/sessions', createBody())
    await node.runSession()
    const { id } = (await created).body as { id: string }
    const text = Buffer.from('level 7')
    const chunk = createHash('sha256').update(text).digest('hex')
    await (await openBlobs(null, path.join(bed.folder, 'data'))('saves')).put(chunk, [text], 100)
    const home = { guestId: guest, titleId: 'game', slot: 1 }
    const holder = { sessionId: id, nodeId: node.key.nodeId }
    await bed.store.saves.take(home, 0, { ...holder, leaseId: 'lease' })
    const file = { path: 'deep/save.dat', mode: 0o644, size: text.length, mtimeMs: 1e12, chunks: [chunk] }
    await bed.store.saves.keep({ ...home, ...holder, term: 1, seq: 1, takenAtMs: 5, files: [file] }, 3)
    expect(await data()).to.deep.equal({
      saves: [{ titleId: 'game', slot: 1, takenAtMs: 5, files: 1, bytes: 7 }],
      sessions: 1,
      ratings: 0,
    })

    const cookie = `nearcade_guest=${browser.cookies.get('nearcade_guest') ?? ''}`
    const at = `http://127.0.0.1:${router.port}/api/account/player/export`
    const exported = await fetch(at, { headers: { cookie } })
    expect(exported.headers.get('content-disposition')).to.contain('nearcade-player.zip')
    const files = await filesIn(Buffer.from(await exported.arrayBuffer()))
    expect(files.get('saves/game/1/deep/save.dat')).to.equal('level 7')
    expect(files.get('ratings.jsonl')).to.equal('')
    expect(JSON.parse(files.get('sessions.jsonl') ?? '')).to.include({ id, titleId: 'game', ended: null })

    expect((await browser.delete('/api/account/player')).status).to.equal(200)
    expect(await bed.store.sessions.find(id)).to.equal(null)
    expect(await bed.store.saves.homes(guest, 'game')).to.deep.equal([])
    expect(await bed.store.guests.find(guest)).to.equal(null)
    expect(await browser.player(), 'somebody new').not.to.equal(guest)
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
