import { expect } from 'chai'
import { exportJWK, generateKeyPair } from 'jose'
import type { Role, Scope } from '../../../config/accounts.ts'
import { apiKeyList, type AuditPage, auditPage, madeApiKey } from '../../../config/protocol/account.ts'
import { standingOrganisations } from '../../../config/protocol/leaving.ts'
import { type Accounts, openAccounts } from '../../../server/accounts/accounts.ts'
import type { Router } from '../../../server/router.ts'
import { openLog } from '../../../server/log.ts'
import { sessionOf } from '../store.contract.ts'
import { createManualClock } from '../support/manualClock.ts'
import { connectNode, makeNodeKey } from '../support/fakeNode.ts'
import { titleJson } from '../support/titles.ts'
import { bringIn, type Browser, makeOrganisation, openBrowser, signIn } from './browser.ts'
import { openStudio, type Studio } from './studio.ts'

describe('organisations', () => {
  let studio: Studio
  let bed: Studio['bed']
  let router: Router
  let owner: Browser
  let orgId: string
  before(async function () {
    this.timeout(60_000)
    studio = await openStudio()
    ;({ bed, router, owner, orgId } = studio)
  })
  after(() => studio.bed.close())

  const person = (name: string, role?: Role): Promise<Browser> => studio.person(name, role)
  const make = (by: Browser, scopes: readonly Scope[], more: object = {}) =>
    by.post(`/api/account/keys/${orgId}`, { name: 'builds', scopes, ...more })

  it('belong to whoever makes them, and show in the account of each member with their role', async () => {
    const developer = await person('developer', 'developer')
    const shown = { id: orgId, name: 'The studio', slug: 'studio', kind: 'publisher' }
    expect((await owner.account()).organisations).to.deep.equal([{ ...shown, role: 'owner' }])
    expect((await developer.account()).organisations).to.deep.equal([{ ...shown, role: 'developer' }])
  })

  it('take members by an invitation that only the invited one accepts, once', async () => {
    const invited = await owner.post('/api/auth/organization/invite-member', {
      organizationId: orgId,
      email: 'wanted@example.org',
      role: 'analyst',
    })
    const { id: invitationId } = invited.body as { id: string }
    const accept = (by: Browser): Promise<{ status: number }> =>
      by.post('/api/auth/organization/accept-invitation', { invitationId })
    expect((await accept(openBrowser(router.port))).status).to.equal(401)
    const other = await person('unwanted')
    expect((await accept(other)).status).to.equal(403)
    const wanted = await person('wanted')
    expect((await accept(wanted)).status).to.equal(200)
    expect((await accept(wanted)).status).to.equal(400)
    expect((await wanted.account()).organisations.map(({ role }) => role)).to.deep.equal(['analyst'])
    expect((await other.account()).organisations).to.deep.equal([])
  })

  it('keep one owner: the last one neither leaves, nor steps down, nor deletes the account', async () => {
    const alone = await person('alone')
    const organizationId = await makeOrganisation(alone, 'alone')
    const listed = await alone.get(`/api/auth/organization/list-members?organizationId=${organizationId}`)
    const [member] = (listed.body as { members: { id: string }[] }).members
    const stepDown = { organizationId, memberId: member?.id, role: 'analyst' }
    expect((await alone.post('/api/auth/organization/leave', { organizationId })).status).to.equal(400)
    expect((await alone.post('/api/auth/organization/update-member-role', stepDown)).status).to.equal(400)
    const deleted = await alone.post('/api/auth/delete-user', { password: 'correct horse battery' })
    expect([deleted.status, deleted.code]).to.deep.equal([409, 'last-owner'])
    expect(JSON.stringify(deleted.body)).to.contain('The alone')
    const standing = await alone.get('/api/account/leaving')
    expect(standingOrganisations.parse(standing.body).organisations).to.deep.equal([
      { id: organizationId, name: 'The alone', slug: 'alone', kind: 'publisher' },
    ])
    expect((await signIn(alone, 'alone@example.org')).status, 'nothing of it went').to.equal(200)
  })

  it('keep an owner when the last two of them go at once', async () => {
    const one = await person('one')
    const organizationId = await makeOrganisation(one, 'pair')
    const other = await person('other')
    await bringIn(one, organizationId, other, 'owner')
    const gone = await Promise.all(
      [one, other].map((by) => by.post('/api/auth/delete-user', { password: 'correct horse battery' })),
    )
    expect(gone.map(({ status }) => status).sort((a, b) => a - b)).to.deep.equal([200, 409])
    const left = gone[0]?.status === 200 ? other : one
    expect((await left.account()).organisations.map(({ role }) => role)).to.deep.equal(['owner'])
    const id = (await left.account()).account?.id ?? ''
    const database = bed.store.accounts.library.database as { execute(text: string): Promise<unknown> }
    const failure: unknown = await database
      .execute(`delete from organisation_members where account_id = '${id}'`)
      .catch((cause: unknown) => cause)
    expect(String((failure as Error).cause)).to.contain('keeps an owner')
  })

  it('go with all that is theirs when their owner says their name, so that the owner can go too', async () => {
    const founder = await person('founder')
    const gone = await makeOrganisation(founder, 'gone')
    const helper = await person('helper')
    await bringIn(founder, gone, helper, 'developer')
    const key = madeApiKey.parse(
      (await founder.post(`/api/account/keys/${gone}`, { name: 'builds', scopes: ['titles:read'] })).body,
    ).key
    const { publishing, packages } = bed.store
    await publishing.claim('goner', gone, 1)
    await publishing.addVersion({
      titleId: 'goner',
      version: '1.0.0',
      treeId: 'f'.repeat(64),
      manifest: { ...titleJson('goner'), version: '1.0.0' },
      sizeBytes: 1,
      createdAtMs: 1,
      createdBy: 'Founder',
      check: { state: 'none' },
    })
    await packages.add(gone, [{ sha256: 'e'.repeat(64), bytes: 5 }], 1)
    const at = `/api/account/organisations/${gone}`
    const cookie = [...founder.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const exported = await fetch(`http://127.0.0.1:${router.port}${at}/export`, { headers: { cookie } })
    const kinds = (await exported.text()).split('\n').map((line) => /^\{"kind":"(\w+)"/.exec(line)?.[1])
    expect(kinds).to.include.members(['organisation', 'member', 'key', 'title', 'version', 'noted'])
    expect((await helper.delete(at, { name: 'The gone' })).code).to.equal('not-allowed')
    expect((await founder.delete(at, { name: 'The studio' })).code).to.equal('bad-request')
    expect(await publishing.version('goner', '1.0.0')).not.to.equal(null)
    expect((await founder.delete(at, { name: 'The gone' })).status).to.equal(200)

    expect(await publishing.version('goner', '1.0.0')).to.equal(null)
    expect((await publishing.find('goner'))?.orgId, 'nobody else gets its id').to.equal(gone)
    expect([...(await packages.had(gone, ['e'.repeat(64)]))]).to.deep.equal([])
    for (const by of [founder, helper]) {
      expect((await by.account()).organisations).to.deep.equal([])
      expect((await by.get(`/api/orgs/${gone}/titles`)).code).to.equal('no-such-organisation')
    }
    const bearer = { authorization: `Bearer ${key}` }
    expect((await openBrowser(router.port).get('/api/account/key', bearer)).code).to.equal('key-refused')
    const noted = await bed.store.accounts.audit(gone, null, 50)
    expect(noted[0]).to.include({ action: 'organisation-deleted' })
    const left = await founder.post('/api/auth/delete-user', { password: 'correct horse battery' })
    expect(left.status).to.equal(200)
  })

  it('stay as long as a node of theirs runs or somebody plays a title of theirs, and nobody begins to', async () => {
    const founder = await person('busy')
    const busy = await makeOrganisation(founder, 'busy')
    const { publishing, sessions } = bed.store
    const title = await publishing.claim('busy', busy, 1)
    await sessions.create(
      {
        ...sessionOf('somebody', 'key-busy'),
        titleId: title.id,
        build: { version: '1.0.0', channel: 'live' },
      },
      1_000,
    )
    const leave = () => founder.delete(`/api/account/organisations/${busy}`, { name: 'The busy' })
    const played = await leave()
    expect(played.code).to.equal('organisation-in-use')
    expect(JSON.stringify(played.body)).to.contain('title busy')
    expect((await publishing.find('busy'))?.channels.withdrawn).to.equal(true)

    const key = makeNodeKey()
    await bed.store.nodes.offerToken({ hash: 'busy', host: busy, atMs: 1, trust: null })
    await bed.store.nodes.enrol({ id: key.nodeId, publicKey: key.publicKey, tokenHash: 'busy', atMs: 1 })
    const node = await connectNode(router.port, { key, status: {} })
    const running = await leave()
    expect(running.code).to.equal('organisation-in-use')
    expect(JSON.stringify(running.body)).to.contain(`node ${key.nodeId}`)
    await node.close()
    expect((await founder.account()).organisations).to.have.length(1)
  })

  it('have no key that acts for whoever is an owner no more', async () => {
    const second = await person('second', 'owner')
    const made = madeApiKey.parse((await make(second, ['titles:read'])).body)
    const bearer = { authorization: `Bearer ${made.key}` }
    const asked = () => openBrowser(router.port).get('/api/account/key', bearer)
    expect((await asked()).status).to.equal(200)
    const listed = await owner.get(`/api/auth/organization/list-members?organizationId=${orgId}`)
    const accountId = (await second.account()).account?.id
    const member = (listed.body as { members: { id: string; userId: string }[] }).members.find(
      ({ userId }) => userId === accountId,
    )
    const demotion = { organizationId: orgId, memberId: member?.id, role: 'developer' }
    const done = await owner.post('/api/auth/organization/update-member-role', demotion)
    expect(done.status).to.equal(200)
    expect((await asked()).code).to.equal('key-refused')
  })

  it('refuse what is no name, no slug and no kind of theirs', async () => {
    const good = { name: 'Good', slug: 'good', kind: 'publisher' }
    for (const change of [
      { name: '' },
      { name: 'two\nlines' },
      { name: 'go to http://elsewhere.example' },
      { name: 'x'.repeat(81) },
      { slug: 'Has Spaces' },
      { slug: '-' },
      { kind: 'cartel' },
      { kind: undefined },
      { metadata: { a: 1 } },
      { logo: 'https://elsewhere.example/logo.png' },
    ]) {
      const answer = await owner.post('/api/auth/organization/create', { ...good, ...change })
      expect(answer.status, JSON.stringify(change)).to.be.within(400, 422)
    }
    const change = (data: object): Promise<{ status: number }> =>
      owner.post('/api/auth/organization/update', { organizationId: orgId, data })
    expect((await change({ kind: 'host' })).status).to.equal(400)
    expect((await change({ name: 'a\u0007b' })).status).to.equal(400)
    expect((await change({ name: 'The studio' })).status).to.equal(200)
  })

  it('delete an account with all that is its own, and keep only what the organisation has of it', async () => {
    const leaver = await person('leaver', 'developer')
    const id = (await leaver.account()).account?.id ?? ''
    const wrong = await leaver.post('/api/auth/delete-user', { password: 'not this one' })
    expect(wrong.status).to.equal(400)
    const gone = await leaver.post('/api/auth/delete-user', { password: 'correct horse battery' })
    expect(gone.status).to.equal(200)
    expect((await leaver.account()).account).to.equal(null)
    expect((await signIn(leaver, 'leaver@example.org')).status).to.equal(401)
    expect(await bed.store.accounts.find(id)).to.equal(null)
    const noted = await bed.store.accounts.audit(null, null, 5)
    expect(noted.find(({ action }) => action === 'account-deleted')?.accountId).to.equal(id)
    expect(JSON.stringify(noted)).not.to.contain('leaver')
  })

  describe('give programs keys', () => {
    /** The door that every program comes through, over the router's own store. */
    async function doorOf(clock = createManualClock(Date.now())): Promise<Accounts> {
      return openAccounts({
        store: bed.store.accounts,
        dataDir: bed.folder,
        port: 1,
        settings: { publicUrl: null, mail: null, openId: null },
        guestOf: async () => null,
        leave: async () => [],
        clock,
        log: openLog('silent'),
      })
    }

    it('that are told once, kept hashed, and act for their organisation within their scopes until they are revoked', async () => {
      const made = madeApiKey.parse((await make(owner, ['titles:read', 'titles:write'])).body)
      expect(made.key).to.match(/^nck_[\w-]{43}$/)
      const listed = apiKeyList.parse((await owner.get(`/api/account/keys/${orgId}`)).body)
      expect(listed.keys[0]).to.deep.equal(made.view)
      expect(JSON.stringify([listed, await bed.store.accounts.keys(orgId)])).not.to.contain(made.key)

      const clock = createManualClock(Date.now())
      const { access, close, revokeKey } = await doorOf(clock)
      const asking = { headers: { authorization: `Bearer ${made.key}` }, ip: '192.0.2.9' }
      const actor = await access.demand(asking, orgId, 'titles:write')
      expect(actor).to.deep.equal({
        kind: 'key',
        keyId: made.view.id,
        orgId,
        scopes: ['titles:read', 'titles:write'],
      })
      const refused = async (work: Promise<unknown>): Promise<unknown> =>
        work.then(
          () => 'let in',
          (cause: { code?: unknown }) => cause.code,
        )
      expect(await refused(access.demand(asking, orgId, 'titles:publish'))).to.equal('not-allowed')
      expect(await refused(access.demand(asking, orgId, 'keys:manage'))).to.equal('not-allowed')
      expect(await refused(access.demand(asking, 'another', 'titles:read'))).to.equal('no-such-organisation')
      const other = { ...asking, headers: { authorization: `Bearer ${made.key.slice(0, -1)}x` } }
      expect(await refused(access.actorOf(other))).to.equal('key-refused')

      const path = `/api/account/keys/${orgId}/${made.view.id}`
      expect((await owner.delete(path)).status).to.equal(200)
      expect((await owner.delete(path)).code).to.equal('not-found')
      // Another router remembers it for some seconds; its own revocations are known to it at once.
      clock.pass(5_000)
      expect(await refused(access.actorOf(asking))).to.equal('key-refused')
      const next = madeApiKey.parse((await make(owner, ['titles:read'])).body)
      const again = { ...asking, headers: { authorization: `Bearer ${next.key}` } }
      expect(await refused(access.actorOf(again))).to.equal('let in')
      await revokeKey({ accountId: 'owner', address: '192.0.2.9' }, orgId, next.view.id)
      expect(await refused(access.actorOf(again))).to.equal('key-refused')
      await close()
    })

    it('that run out', async () => {
      const made = madeApiKey.parse((await make(owner, ['stats:read'], { expiresInDays: 1 })).body)
      const clock = createManualClock(Date.now())
      const { access, close } = await doorOf(clock)
      const asking = { headers: { authorization: `Bearer ${made.key}` } }
      expect((await access.actorOf(asking)).kind).to.equal('key')
      clock.pass(86_400_001)
      const refused: unknown = await access.actorOf(asking).catch((cause: unknown) => cause)
      expect(refused).to.include({ code: 'key-refused' })
      await close()
    })

    it('and nothing that is no scope', async () => {
      for (const scopes of [[], ['org:manage'], ['*'], 'titles:read'])
        expect((await make(owner, scopes as Scope[])).code).to.equal('bad-request')
      expect((await make(owner, ['stats:read'], { expiresInDays: 0 })).code).to.equal('bad-request')
      expect((await make(owner, ['stats:read'], { extra: 1 })).code).to.equal('bad-request')
    })
  })

  describe('have a log', () => {
    it('of what is done with its titles, by whoever did it, and of nothing that was refused', async () => {
      const made = madeApiKey.parse((await make(owner, ['titles:read'])).body)
      const path = `/api/orgs/${orgId}/launch-keys`
      await owner.post(path, { name: 'no' })
      const answer = await owner.post(path, {
        name: 'shop',
        jwk: await exportJWK((await generateKeyPair('EdDSA', { crv: 'Ed25519' })).publicKey),
      })
      expect(answer.status, JSON.stringify(answer.body)).to.equal(201)
      await openBrowser(router.port).post(path, {}, { authorization: `Bearer ${made.key}` })
      // Noted after the answer has left.
      let noted: AuditPage['entries'] = []
      while (noted.length === 0)
        noted = auditPage
          .parse((await owner.get(`/api/account/audit/${orgId}`)).body)
          .entries.filter(({ action }) => action.startsWith('launch-key'))
      expect(noted).to.have.length(1)
      const accountId = (await owner.account()).account?.id
      expect(noted[0]).to.include({
        action: 'launch-key-made',
        accountId,
        keyId: null,
        detail: 'launch-keys',
      })
    })

    it('of who did what, from which network, without names', async () => {
      const page = auditPage.parse((await owner.get(`/api/account/audit/${orgId}`)).body)
      const actions = page.entries.map(({ action }) => action)
      expect(actions).to.include.members([
        'organisation-made',
        'member-invited',
        'member-joined',
        'key-made',
        'key-revoked',
      ])
      expect(page.entries.every((entry) => entry.orgId === orgId)).to.equal(true)
      const { account } = await owner.account()
      const first = page.entries.at(-1)
      expect(first).to.include({
        action: 'organisation-made',
        accountId: account?.id,
        address: '192.0.2.0/24',
      })
      expect(JSON.stringify(page)).not.to.contain('@')
      const older = await owner.get(`/api/account/audit/${orgId}?before=${page.entries[0]?.id ?? 0}`)
      expect(auditPage.parse(older.body).entries).to.deep.equal(page.entries.slice(1))
      expect((await owner.get(`/api/account/audit/${orgId}?before=x`)).code).to.equal('bad-request')
    })
  })
})
