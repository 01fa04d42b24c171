import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { errorCatalogue, type ErrorCode } from '../../config/errors.ts'
import { errorBody, me } from '../../config/protocol/api.ts'
import { titleSchema } from '../../config/protocol/titleSchema.ts'
import type { Router } from '../../server/router.ts'
import { type Answer, createBody, newPlayer, request } from './support/fakePlayer.ts'
import { createManualClock } from './support/manualClock.ts'
import { openTestBed, type TestBed } from './support/testRouter.ts'

describe('the router over HTTP', () => {
  let bed: TestBed
  let router: Router
  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
    router = await bed.start({ nodeLostMs: 200 })
  })
  after(async () => {
    await router.close()
    await bed.close()
  })

  /** Sends bytes that no HTTP client would, and returns all that comes back. */
  async function raw(lines: string): Promise<string> {
    const socket = connect(router.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(lines)
    return text(socket)
  }

  const json = { 'content-type': 'application/json' }
  type Case = readonly [
    what: string,
    code: ErrorCode,
    ...(Parameters<typeof request> extends [number, ...infer Rest] ? Rest : never),
  ]
  const bad: readonly Case[] = [
    ['a body that is no JSON', 'bad-request', 'POST', '/api/sessions', '{ nope', json],
    ['a body that is no object', 'bad-request', 'POST', '/api/sessions', '3', json],
    ['no body', 'bad-request', 'POST', '/api/sessions'],
    [
      'a body of another type',
      'bad-request',
      'POST',
      '/api/sessions',
      'a=1',
      { 'content-type': 'text/plain' },
    ],
    [
      'a body in an unknown encoding',
      'bad-request',
      'POST',
      '/api/sessions',
      '{}',
      { ...json, 'content-encoding': 'rot13' },
    ],
    ['a field of the wrong kind', 'bad-request', 'POST', '/api/sessions', { ...createBody(), probes: 'x' }],
    ['an unknown field', 'bad-request', 'POST', '/api/sessions', { ...createBody(), cheat: true }],
    [
      'an id with odd characters',
      'bad-request',
      'POST',
      '/api/sessions',
      createBody({ idempotencyKey: "';--" }),
    ],
    ['no codec', 'bad-request', 'POST', '/api/sessions', createBody({ codecs: [] })],
    ['an unknown title', 'title-not-found', 'POST', '/api/sessions', createBody({ titleId: 'nothing' })],
    [
      'a body above 64 kB',
      'message-too-large',
      'POST',
      '/api/sessions',
      { ...createBody(), fill: 'x'.repeat(66_000) },
    ],
    ['another method', 'method-not-allowed', 'PUT', '/api/sessions'],
    ['another method at a title', 'method-not-allowed', 'DELETE', '/api/titles/game'],
    ['a method of the wrong page', 'method-not-allowed', 'POST', '/'],
    ['a session without a guest', 'guest-needed', 'GET', '/api/sessions/abc'],
    [
      'a foreign page',
      'cross-origin',
      'POST',
      '/api/sessions',
      createBody(),
      { origin: 'http://evil.example' },
    ],
    [
      'a foreign page that only says so in Sec-Fetch-Site',
      'cross-origin',
      'DELETE',
      '/api/sessions/x',
      undefined,
      { 'sec-fetch-site': 'cross-site' },
    ],
    ['an unknown address of the API', 'not-found', 'GET', '/api/nothing'],
    ['an unknown title of the API', 'title-not-found', 'GET', '/api/titles/nothing'],
    ['an address that cannot be decoded', 'bad-request', 'GET', '/api/titles/%E0%A4%A'],
    ['a title whose name is one of JavaScript', 'title-not-found', 'GET', '/api/titles/__proto__'],
  ]
  for (const [what, code, ...rest] of bad) {
    it(`answers ${what} with ${code}`, async () => {
      const answer = await request(router.port, ...rest)
      expect(answer.code).to.equal(code)
      expect(answer.status).to.equal(errorCatalogue[code].status)
      const { error } = errorBody.parse(answer.body)
      expect(JSON.stringify(error)).not.to.match(/node_modules|\.[jt]s:\d|\\n/)
    })
  }

  it('gives editors the schema of a manifest, wherever they run', async () => {
    const { status, headers, body } = await request(router.port, 'GET', '/schema/nearcade.title.json')
    expect([status, headers.get('access-control-allow-origin')]).to.deep.equal([200, '*'])
    expect(JSON.parse(String(body))).to.deep.equal(titleSchema())
  })

  it('names the fields at fault', async () => {
    const { body } = await request(router.port, 'POST', '/api/sessions', {
      ...createBody(),
      probes: 'x',
      cheat: 1,
    })
    const { error } = errorBody.parse(body)
    expect(error.details?.join()).to.contain('probes').and.to.contain('cheat')
  })

  it('says which methods an address takes', async () => {
    const answer = await request(router.port, 'PUT', '/api/sessions/abc')
    expect(answer.headers.get('allow')).to.equal('GET, HEAD, DELETE')
  })

  it('survives bytes that are no HTTP, headers without end and bodies cut off', async () => {
    expect(await raw('\x00\x01\x02 rubbish\r\n\r\n')).to.contain('400')
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).to.match(
      /^HTTP\/1\.1 431/,
    )
    const cut = connect(router.port, '127.0.0.1')
    cut.write(
      'POST /api/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    cut.destroy()
    expect((await request(router.port, 'GET', '/healthz')).status).to.equal(200)
  })

  it('bounds the guests and sessions that one address asks for, and says when to come back', async () => {
    const own = await bed.start({}, createManualClock())
    const ask = (from: string, body?: unknown): Promise<Answer> => {
      const [method, address] = body === undefined ? ['GET', '/api/me'] : ['POST', '/api/sessions']
      return request(own.port, method, address, body, { 'x-forwarded-for': from })
    }
    const untilRefused = async (from: string, body?: unknown): Promise<Answer> => {
      for (let served = 0; served < 100; served += 1) {
        const answer = await ask(from, body)
        if (answer.status === 429) return answer
      }
      throw new Error('never refused')
    }
    for (const [from, body, waitS] of [
      ['192.0.2.1', undefined, '1'],
      ['192.0.2.2', createBody({ titleId: 'nothing' }), '2'],
    ] as const) {
      const refused = await untilRefused(from, body)
      expect([refused.code, refused.headers.get('retry-after')]).to.deep.equal(['too-many-requests', waitS])
    }
    expect((await ask('192.0.2.3')).status).to.equal(200)
    await own.close()
  })

  it('stores nothing of a guest who only looks', async () => {
    const { guestId } = await newPlayer(router.port)
    expect(await bed.store.guests.find(guestId)).to.equal(null)
  })

  it('knows a guest again by the cookie, which no script can read', async () => {
    const first = await request(router.port, 'GET', '/api/me')
    const cookie = first.headers.get('set-cookie') ?? ''
    expect(cookie).to.contain('HttpOnly').and.to.contain('SameSite=Lax')
    const again = await request(router.port, 'GET', '/api/me', undefined, {
      cookie: cookie.split(';')[0] ?? '',
    })
    expect(again.headers.get('set-cookie')).to.equal(null)
    expect(me.parse(again.body).guestId).to.equal(me.parse(first.body).guestId)
  })

  it('answers for sessions that do not exist and placements that are not there yet', async () => {
    const player = await newPlayer(router.port)
    expect((await player.request('GET', '/api/sessions/none')).code).to.equal('session-not-found')
    expect((await player.request('DELETE', '/api/sessions/none')).code).to.equal('session-not-found')
  })

  it('ends an ended session without complaint', async () => {
    const player = await newPlayer(router.port)
    const { id } = await player.create()
    const first = await player.request('DELETE', `/api/sessions/${id}`)
    const second = await player.request('DELETE', `/api/sessions/${id}`)
    expect([first.status, second.status]).to.deep.equal([200, 200])
    expect(second.body).to.deep.equal(first.body)
  })

  it('serves the library, the play page of each title, and friendly pages for the rest', async () => {
    const page = (path: string) => request(router.port, 'GET', path, undefined, { accept: 'text/html' })
    expect((await page('/')).body).to.contain('<title>Library</title>')
    expect((await page('/play/game')).body).to.contain('<title>Play</title>')
    expect((await page('/play/game?autostart=1')).status).to.equal(200)
    for (const path of [
      '/play/nothing',
      '/nothing',
      '/play/',
      '/assets/none.js',
      '/assets/../../data/keys/guest.key',
    ]) {
      const lost = await page(path)
      expect(lost.status, path).to.equal(404)
      expect(lost.headers.get('content-type')).to.contain('text/html')
      expect(String(lost.body)).to.contain('href="/"')
    }
  })

  it('lets browsers keep hashed assets for ever and pages never', async () => {
    const asset = await request(router.port, 'GET', '/assets/app-ABC.js')
    expect(asset.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable')
    expect(asset.headers.get('content-type')).to.contain('javascript')
    expect((await request(router.port, 'GET', '/')).headers.get('cache-control')).to.equal('no-cache')
    expect((await request(router.port, 'GET', '/api/titles')).headers.get('cache-control')).to.equal(
      'no-store',
    )
  })

  it('sends a policy that allows nothing inline and nothing from elsewhere', async () => {
    const { headers } = await request(router.port, 'GET', '/play/game')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).to.contain("default-src 'self'").and.to.contain("script-src 'self'")
    expect(policy).to.contain(
      `connect-src 'self' ws://127.0.0.1:${router.port} wss://127.0.0.1:${router.port}`,
    )
    expect(policy).not.to.match(/unsafe|\*|https?:/)
    expect(headers.get('x-content-type-options')).to.equal('nosniff')
    expect(headers.get('x-powered-by')).to.equal(null)
  })

  it("serves a title's cover and nothing else of its folder", async () => {
    const cover = await request(router.port, 'GET', '/media/game/cover.png')
    expect([cover.status, cover.body]).to.deep.equal([200, 'a picture'])
    for (const path of [
      '/media/game/nearcade.title.json',
      '/media/game/..%2fother%2fcover.png',
      '/media/game/%2e%2e/other/cover.png/x',
      '/media/none/cover.png',
      '/media/game/cover.png%00',
    ])
      expect((await request(router.port, 'GET', path)).status, path).to.equal(404)
  })

  it('tells its health, and its figures without ids of anybody', async () => {
    expect((await request(router.port, 'GET', '/healthz')).body).to.include({ status: 'ok' })
    const player = await newPlayer(router.port)
    const { id } = await player.create()
    await player.request('GET', `/api/sessions/${id}`)
    const figures = String((await request(router.port, 'GET', '/metrics')).body)
    expect(figures).to.contain('route="/api/sessions/:id"').and.not.to.contain(id)
    for (const name of [
      'nearcade_sessions',
      'nearcade_session_ends_total',
      'nearcade_nodes_connected',
      'nearcade_seats',
      'nearcade_ws_messages_refused_total',
      'nearcade_placement_seconds',
    ])
      expect(figures, name).to.contain(`# TYPE ${name}`)
  })

  it('runs beside another router in one process, each with its own figures', async () => {
    const other = await bed.start()
    await request(other.port, 'GET', '/api/nothing')
    const figures = String((await request(other.port, 'GET', '/metrics')).body)
    expect(figures).not.to.contain('route="/api/sessions"')
    await other.close()
  })

  it('says which port is taken, and leaves nothing open', async () => {
    const failure = await bed.start({ port: router.port }).catch((cause: unknown) => cause)
    expect(String(failure)).to.contain(`Port ${router.port} on 127.0.0.1 is taken by another program.`)
  })
})
