import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { embedGuest, guestHeader } from '../../../config/protocol/embed.ts'
import { me, sessionView } from '../../../config/protocol/api.ts'
import { toPlayer, type ToPlayer } from '../../../config/protocol/playerSocket.ts'
import { protocolVersion } from '../../../config/protocol/version.ts'
import { systemClock } from '../../../server/clock.ts'
import type { Router } from '../../../server/router.ts'
import { noChannels } from '../../../server/publishing/channels.ts'
import { createBody, newPlayer, request } from '../support/fakePlayer.ts'
import { openTestSocket } from '../support/socket.ts'
import { titleJson } from '../support/titles.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'
import { publisherBackend } from './launching.ts'

type Backend = Awaited<ReturnType<typeof publisherBackend>>

describe('a title in a frame of another site', () => {
  let bed: TestBed
  let router: Router
  let acme: Backend
  let other: Backend
  let address: string
  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
    await mkdir(path.join(bed.folder, 'web', 'sdk'))
    await writeFile(path.join(bed.folder, 'web', 'sdk', 'nearcade.js'), 'export {}')
    await writeFile(path.join(bed.folder, 'web', 'sdk', 'nearcade.d.ts'), 'export {}')
    await writeFile(path.join(bed.folder, 'web', 'embed.html'), '<!doctype html><title>Frame</title>')
    acme = await publisherBackend('acme')
    other = await publisherBackend('other', 'ES256')
    await bed.store.embed.putKey('acme', acme.key)
    await bed.store.embed.putKey('other', other.key)
    router = await bed.start({ embedOrigins: ['https://shop.example', 'https://*.shop.example'] })
    address = `http://127.0.0.1:${router.port}`
  })
  after(async () => {
    await router.close()
    await bed.close()
  })

  const ancestors = async (page: string): Promise<string> => {
    const { headers } = await request(router.port, 'GET', page)
    return /frame-ancestors ([^;]*)/.exec(headers.get('content-security-policy') ?? '')?.[1] ?? 'anybody'
  }
  const guest = async (launchToken?: string) => {
    const body = { titleId: 'game', ...(launchToken === undefined ? {} : { launchToken }) }
    const answer = await request(router.port, 'POST', '/api/embed/guests', body)
    return answer.status === 201 ? embedGuest.parse(answer.body) : answer
  }
  const newGuest = async (launchToken?: string) => embedGuest.parse(await guest(launchToken))
  const refusalOf = async (token: string) => {
    const answer = await guest(token)
    return 'code' in answer
      ? [answer.code, ...((answer.body as { error: { details?: string[] } }).error.details ?? [])]
      : ['let in']
  }

  it('may be framed by the pages that its origins name, and no other page of ours may', async () => {
    expect(await ancestors('/embed/game')).to.equal("'self' https://shop.example https://*.shop.example")
    for (const page of ['/', '/play/game', '/embed/nothing', '/api/titles', '/sdk/nearcade.js'])
      expect(await ancestors(page), page).to.equal("'self'")
    const { headers } = await request(router.port, 'GET', '/embed/game')
    expect(headers.get('x-frame-options')).to.equal(null)
    expect((await request(router.port, 'GET', '/play/game')).headers.get('x-frame-options')).to.equal(
      'SAMEORIGIN',
    )
    const closed = await bed.start()
    const policy = (await request(closed.port, 'GET', '/embed/game')).headers.get('content-security-policy')
    expect(policy).to.contain("frame-ancestors 'self'").and.not.to.contain('shop.example')
    await closed.close()
  })

  it('gives its script and the types of it to every page, and nothing else', async () => {
    const sdk = await request(router.port, 'GET', '/sdk/nearcade.js')
    expect(sdk.headers.get('access-control-allow-origin')).to.equal('*')
    expect(sdk.headers.get('cache-control')).to.equal('public, max-age=300')
    expect(sdk.headers.get('content-type')).to.contain('javascript')
    const types = await request(router.port, 'GET', '/sdk/nearcade.d.ts')
    expect([types.status, types.headers.get('access-control-allow-origin')]).to.deep.equal([200, '*'])
    for (const page of ['/', '/embed/game', '/api/titles'])
      expect((await request(router.port, 'GET', page)).headers.get('access-control-allow-origin')).to.equal(
        null,
      )
  })

  it('knows its player by the token alone: whoever else uses the browser stays somebody else', async () => {
    const player = await newPlayer(router.port)
    const { guestId, token } = await newGuest()
    const framed = (method: string, at: string, body?: unknown) =>
      player.request(method, at, body, { [guestHeader]: token })
    const answer = await framed('GET', '/api/me')
    expect(me.parse(answer.body).guestId).to.equal(guestId).and.not.to.equal(player.guestId)
    expect(answer.headers.get('set-cookie')).to.equal(null)
    const { id } = sessionView.parse((await framed('POST', '/api/sessions', createBody())).body)
    expect((await player.request('GET', `/api/sessions/${id}`)).code).to.equal('not-yours')
    expect((await framed('DELETE', `/api/sessions/${id}`)).status).to.equal(200)
    // The cookie would do; a token that is no good must not fall back to it.
    for (const bad of ['', 'nonsense', token.slice(0, -3)])
      expect((await player.request('GET', '/api/me', undefined, { [guestHeader]: bad })).code).to.equal(
        'guest-needed',
      )
  })

  it('has its socket, where the token comes as a subprotocol and is not sent back', async () => {
    const player = await newPlayer(router.port)
    const { token } = await newGuest()
    const created = await request(router.port, 'POST', '/api/sessions', createBody(), {
      [guestHeader]: token,
    })
    const { id } = sessionView.parse(created.body)
    const socket = await openTestSocket<ToPlayer>(
      `ws://127.0.0.1:${router.port}/ws/player`,
      { headers: { cookie: player.cookie, origin: address } },
      ['nearcade', `guest.${token}`],
    )
    expect(socket.raw.protocol).to.equal('nearcade')
    socket.send({ kind: 'hello', version: protocolVersion })
    await socket.next('welcome')
    socket.send({ kind: 'attach', sessionId: id })
    const view = toPlayer.parse(await socket.next('session'))
    expect(view.kind === 'session' && view.session.id).to.equal(id)
    await socket.close()
  })

  it("makes the same player of a publisher's user on every visit, and another one of another publisher's", async () => {
    const first = await newGuest(await acme.token(address))
    const again = await newGuest(await acme.token(address))
    expect(again.guestId).to.equal(first.guestId)
    const others = [
      await newGuest(await acme.token(address, { sub: 'user-2' })),
      await newGuest(await other.token(address, { iss: 'other' })),
    ]
    for (const one of others) expect(one.guestId).not.to.equal(first.guestId)
    expect(first.guestId).not.to.contain('user-1')
  })

  it('takes a launch token once', async () => {
    const token = await acme.token(address)
    expect(await refusalOf(token)).to.deep.equal(['let in'])
    expect(await refusalOf(token)).to.deep.equal(['launch-token-used'])
  })

  const none = (claims: object): string =>
    [{ alg: 'none' }, claims, ''].map((part) => (part === '' ? '' : btoa(JSON.stringify(part)))).join('.')
  const nowS = Math.floor(Date.now() / 1000)
  const claims = { iss: 'acme', sub: 'u', title: 'game', iat: nowS, exp: nowS + 60, jti: 'a-token-id' }
  const bad: readonly [what: string, token: () => Promise<string>, code: string, why: RegExp][] = [
    [
      'that has run out',
      () => acme.token(address, {}, {}, Date.now() - 400_000),
      'launch-token-expired',
      /^$/,
    ],
    ['for another network', () => acme.token('https://elsewhere.example'), 'launch-token-refused', /aud/],
    ['for another title', () => acme.token(address, { title: 'other' }), 'launch-token-refused', /title/],
    ['that nobody signed', async () => none({ ...claims, aud: address }), 'launch-token-refused', /alg/],
    [
      'of an unknown issuer',
      () => acme.token(address, { iss: 'nobody' }),
      'launch-token-refused',
      /such key/,
    ],
    [
      'signed by somebody else',
      () => other.token(address, { iss: 'acme' }),
      'launch-token-refused',
      /such key/,
    ],
    [
      "with another one's kid",
      async () => (await publisherBackend('acme')).token(address, {}, { kid: acme.key.id }),
      'launch-token-refused',
      /signature/,
    ],
    ['good for an hour', () => acme.token(address, { exp: nowS + 3600 }), 'launch-token-refused', /600/],
    [
      'of tomorrow',
      () => acme.token(address, { iat: nowS + 86_400, exp: nowS + 86_460 }),
      'launch-token-refused',
      /future/,
    ],
    ['without an id', () => acme.token(address, { jti: undefined }), 'launch-token-refused', /jti/],
    ['whose id is a number', () => acme.token(address, { jti: 12_345_678 }), 'launch-token-refused', /jti/],
    ['whose user is a number', () => acme.token(address, { sub: 5 }), 'launch-token-refused', /sub/],
    [
      'whose issuer is a list',
      () => acme.token(address, { iss: ['acme'] }),
      'launch-token-refused',
      /such key/,
    ],
    ['that never runs out', () => acme.token(address, { exp: undefined }), 'launch-token-refused', /exp/],
    [
      'for nobody in particular',
      () => acme.token(address, { aud: undefined }),
      'launch-token-refused',
      /aud/,
    ],
    ['without a user', () => acme.token(address, { sub: '' }), 'launch-token-refused', /sub/],
    ['that is none', async () => 'nonsense', 'launch-token-refused', /read|such key/],
  ]
  for (const [what, token, code, why] of bad)
    it(`refuses a launch token ${what}`, async () => {
      const [refused, detail = ''] = await refusalOf(await token())
      expect(refused).to.equal(code)
      expect(detail).to.match(why)
    })

  it('is played by nobody but whom its publisher sends, where the publisher says so', async () => {
    const store = bed.store.publishing
    const title = await store.claim('quest', 'acme', 1)
    await store.addVersion({
      titleId: 'quest',
      version: '1.0.0',
      treeId: 'tree',
      manifest: titleJson('quest'),
      sizeBytes: 1,
      createdAtMs: 1,
      createdBy: 'Ada',
      check: { state: 'passed', report: { atMs: 1, items: [] } },
    })
    await store.move('quest', title.revision, { ...noChannels, live: '1.0.0' })
    const embedded = { origins: ['https://quest.example'], launchTokenRequired: true }
    let laterMs = 0
    const own = await bed.start({}, { ...systemClock, monotonic: () => systemClock.monotonic() + laterMs })
    const { probes, codecs, stream } = createBody()
    const entry = { probes, codecs, stream }
    const [leader, friend] = [await newPlayer(own.port), await newPlayer(own.port)]
    const party = await leader.request('POST', '/api/parties', { titleId: 'quest', ...entry })
    expect(party.status).to.equal(201)
    await bed.store.embed.putRules('quest', embedded)
    laterMs = 10_000
    const { code } = party.body as { code: string }
    for (const answer of [
      await leader.request('POST', `/api/parties/${code}/choice`, { kind: 'start' }),
      await friend.request('POST', `/api/parties/${code}/members`, { ...entry, ready: true }),
    ])
      expect(answer.code).to.equal('launch-token-needed')
    const at = `http://127.0.0.1:${own.port}`
    const post = (path: string, body: object, headers = {}) => request(own.port, 'POST', path, body, headers)
    const policy = (await request(own.port, 'GET', '/embed/quest')).headers.get('content-security-policy')
    expect(policy).to.contain("frame-ancestors 'self' https://quest.example")

    const quest = createBody({ titleId: 'quest' })
    const forGame = embedGuest.parse(
      (await post('/api/embed/guests', { titleId: 'game', launchToken: await acme.token(at) })).body,
    )
    for (const answer of [
      await post('/api/embed/guests', { titleId: 'quest' }),
      await post('/api/sessions', quest),
      await post('/api/sessions', quest, { [guestHeader]: forGame.token }),
      await post('/api/parties', { titleId: 'quest', ...entry }),
    ])
      expect(answer.code).to.equal('launch-token-needed')
    const launchToken = await acme.token(at, { title: 'quest' })
    const sent = embedGuest.parse((await post('/api/embed/guests', { titleId: 'quest', launchToken })).body)
    expect(sent.guestId).to.equal(forGame.guestId)
    expect((await post('/api/sessions', quest, { [guestHeader]: sent.token })).status).to.equal(201)
    // As a cookie it is not what it is as a token.
    const cookie = `nearcade_guest=${sent.token}`
    expect((await post('/api/sessions', { ...quest, idempotencyKey: 'k' }, { cookie })).code).to.equal(
      'launch-token-needed',
    )
    await own.close()
  })

  it('has no use for a key that is gone', async () => {
    const leaver = await publisherBackend('leaver')
    await bed.store.embed.putKey('leaver', leaver.key)
    expect(await refusalOf(await leaver.token(address))).to.deep.equal(['let in'])
    await bed.store.embed.dropKey('leaver', leaver.key.id)
    expect((await refusalOf(await leaver.token(address)))[0]).to.equal('launch-token-refused')
  })
})
