import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { expect } from 'chai'
import WebSocket from 'ws'
import type { ErrorCode } from '../../config/errors.ts'
import type { ToNode } from '../../config/protocol/nodeSocket.ts'
import type { ToPlayer } from '../../config/protocol/playerSocket.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import type { Router } from '../../server/router.ts'
import { authOf, connectNode, makeNodeKey } from './support/fakeNode.ts'
import { newPlayer, playerWith, request, type FakePlayer } from './support/fakePlayer.ts'
import { createManualClock } from './support/manualClock.ts'
import { openTestSocket, type TestSocket } from './support/socket.ts'
import { openTestBed, type TestBed } from './support/testRouter.ts'

describe('what strangers send through sockets', () => {
  let bed: TestBed
  let router: Router
  let player: FakePlayer
  /** A player whom nothing of all this may disturb. */
  let bystander: TestSocket<ToPlayer>
  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
    router = await bed.start()
    player = await newPlayer(router.port)
    bystander = await (await newPlayer(router.port)).connect()
  })
  after(async () => {
    await bystander.close()
    await router.close()
    await bed.close()
  })
  afterEach(async () => {
    bystander.send({ kind: 'ping', atMs: 1 })
    await bystander.next('pong')
  })

  const figure = async (line: string): Promise<number> => {
    const figures = String((await request(router.port, 'GET', '/metrics')).body)
    const found = figures.split('\n').find((text) => text.startsWith(`${line} `))
    return Number(found?.slice(line.length + 1) ?? 0)
  }
  const nodeAddress = (): string => `ws://127.0.0.1:${router.port}/ws/node`
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`

  const texts: readonly (readonly [string, string, ErrorCode])[] = [
    ['text that is no JSON', 'hello?', 'bad-message'],
    ['an empty text', '', 'bad-message'],
    ['null', 'null', 'bad-message'],
    ['an unknown kind', '{"kind":"dance"}', 'bad-message'],
    ['a message without its fields', '{"kind":"attach"}', 'bad-message'],
    ['a field of the wrong type', '{"kind":"attach","sessionId":7}', 'bad-message'],
    ['an id with odd characters', '{"kind":"attach","sessionId":"../x"}', 'bad-message'],
    ['very deep JSON', deep, 'bad-message'],
    [
      'a text above the limit',
      JSON.stringify({ kind: 'attach', sessionId: 'x'.repeat(70_000) }),
      'message-too-large',
    ],
    ['a session that does not exist', '{"kind":"attach","sessionId":"none"}', 'session-not-found'],
    ['a second hello', `{"kind":"hello","version":${protocolVersion}}`, 'bad-message'],
  ]
  for (const [what, text, code] of texts) {
    it(`answers a player's ${what} with ${code}, and goes on`, async () => {
      const line = `nearcade_ws_messages_refused_total{peer="player",code="${code}"}`
      const counted = await figure(line)
      const socket = await player.connect()
      socket.sendText(text)
      expect((await socket.next('error')).error.code).to.equal(code)
      socket.send({ kind: 'ping', atMs: 5 })
      expect((await socket.next('pong')).atMs).to.equal(5)
      expect(await figure(line)).to.equal(counted + 1)
      await socket.close()
    })
  }

  it('answers binary messages with bad-message', async () => {
    const socket = await player.connect()
    socket.raw.send(Buffer.from([1, 2, 3]))
    expect((await socket.next('error')).error.code).to.equal('bad-message')
    await socket.close()
  })

  it('closes a socket unread whose frame is far too large', async () => {
    const line = 'nearcade_ws_messages_refused_total{peer="player",code="message-too-large"}'
    const counted = await figure(line)
    const socket = await player.connect()
    socket.sendText('x'.repeat(600 * 1024))
    expect(await socket.closed).to.equal(1009)
    expect(await figure(line)).to.equal(counted + 1)
  })

  it('reads a status with as many sessions as a node may have', async () => {
    const node = await connectNode(router.port, { key: await bed.enrolledKey() })
    const session = {
      sessionId: randomUUID(),
      leaseId: randomUUID(),
      fence: 1,
      titleId: 'game',
      eventSeq: 1,
      state: { kind: 'ended', reason: 'player-ended', detail: 'x'.repeat(150), endedAtMs: Date.now() },
    } as const
    node.status({ sessions: Array.from({ length: 1024 }, () => session) })
    node.socket.sendText('?')
    expect((await node.socket.next('error')).error.code).to.equal('bad-message')
    await node.close()
  })

  it('cuts off a player who keeps sending nonsense', async () => {
    const socket = await player.connect()
    for (let n = 0; n < 30; n += 1) socket.sendText('?')
    expect(await socket.closed).to.equal(4400)
  })

  it('cuts off a player who sends too much too fast', async () => {
    const socket = await player.connect()
    for (let n = 0; n < 400; n += 1) socket.send({ kind: 'ping', atMs: n })
    expect(await socket.closed).to.equal(4429)
    expect(socket.inbox.all.at(-1)).to.deep.include({ kind: 'error' })
  })

  it('cuts off a player who does not read, and keeps nothing for them', async () => {
    const node = await connectNode(router.port, { key: await bed.enrolledKey() })
    const socket = await player.connect()
    const creating = player.create()
    const { sessionId } = await node.runSession()
    await creating
    socket.send({ kind: 'attach', sessionId })
    await socket.next('session')
    socket.raw.pause()
    const line = 'nearcade_ws_cut_total{peer="player",cause="backpressure"}'
    const sdp = 'x'.repeat(40_000)
    for (let n = 0; (await figure(line)) === 0; n += 1) {
      for (let burst = 0; burst < 50; burst += 1)
        node.socket.send({ kind: 'signal', sessionId, signal: { kind: 'answer', peerId: `p${n}`, sdp } })
    }
    socket.raw.resume()
    expect(await socket.closed).to.equal(1006)
    await player.request('DELETE', `/api/sessions/${sessionId}`)
    await node.close()
  })

  it('cuts off, after two unanswered pings, whoever is gone without a goodbye', async () => {
    const clock = createManualClock(Date.now())
    const patient = await bed.start({}, clock)
    const window = await playerWith(patient.port, player.guestId, player.cookie).connect()
    const present = await (await newPlayer(patient.port)).connect()
    window.raw.pause()
    for (let round = 0; round < 3; round += 1) {
      clock.pass(10_000)
      present.send({ kind: 'ping', atMs: round })
      await present.next('pong')
    }
    const figures = String((await request(patient.port, 'GET', '/metrics')).body)
    expect(figures).to.contain('nearcade_ws_cut_total{peer="player",cause="dead"} 1')
    window.raw.resume()
    expect(await window.closed).to.equal(1006)
    await present.close()
    await patient.close()
  })

  it('closes sockets that never say who they are', async () => {
    const clock = createManualClock(Date.now())
    const patient = await bed.start({ heartbeatMs: 60_000 }, clock)
    const node = await openTestSocket<ToNode>(`ws://127.0.0.1:${patient.port}/ws/node`)
    await node.next('challenge')
    const window = await openTestSocket<ToPlayer>(`ws://127.0.0.1:${patient.port}/ws/player`, {
      headers: { cookie: player.cookie },
    })
    clock.pass(10_000)
    expect([await node.closed, await window.closed]).to.deep.equal([4408, 4408])
    await patient.close()
  })

  it('lets a window follow eight sessions at a time, and any number one after the other', async () => {
    const empty = await bed.start({ nodeLostMs: 200 })
    const own = await newPlayer(empty.port)
    const socket = await own.connect()
    for (let n = 0; n < 12; n += 1) {
      const { id } = await own.create()
      socket.send({ kind: 'attach', sessionId: id })
      expect((await socket.next('session')).session.end?.reason).to.equal('no-node-online')
    }
    await socket.close()
    await empty.close()
  })

  const hello = (headers: Record<string, string>): Promise<TestSocket<ToPlayer>> =>
    openTestSocket<ToPlayer>(`ws://127.0.0.1:${router.port}/ws/player`, { headers })

  it('wants a hello first, in its own version', async () => {
    const early = await hello({ cookie: player.cookie })
    early.send({ kind: 'ping', atMs: 1 })
    expect((await early.next('error')).error).to.deep.include({
      code: 'bad-message',
      details: ['hello comes first'],
    })
    early.send({ kind: 'hello', version: protocolVersion + 1 })
    expect((await early.next('error')).error.code).to.equal('unsupported-version')
    expect(await early.closed).to.equal(4426)
  })

  it('tells a player without a guest cookie why it closes', async () => {
    for (const headers of [{}, { cookie: 'nearcade_guest=forged' }]) {
      const socket = await hello(headers)
      expect((await socket.next('error')).error.code).to.equal('guest-needed')
      expect(await socket.closed).to.equal(4401)
    }
  })

  const refusedUpgrade = async (
    path: string,
    headers: Record<string, string>,
  ): Promise<number | undefined> => {
    const socket = new WebSocket(`ws://127.0.0.1:${router.port}${path}`, { headers })
    const [sent, answer] = await once(socket, 'unexpected-response')
    sent.destroy()
    return answer.statusCode
  }
  it('refuses sockets of foreign pages and at unknown addresses', async () => {
    expect(
      await refusedUpgrade('/ws/player', { cookie: player.cookie, origin: 'http://evil.example' }),
    ).to.equal(403)
    expect(await refusedUpgrade('/ws/other', {})).to.equal(404)
  })

  it('holds only so many signals for a node that is not there yet', async () => {
    const node = await connectNode(router.port, { key: await bed.enrolledKey() })
    const socket = await player.connect()
    const creating = player.create()
    const { sessionId } = await node.socket.next('reserve')
    const sdp = 'x'.repeat(40_000)
    for (let n = 0; n < 8; n += 1) {
      socket.send({ kind: 'signal', sessionId, signal: { kind: 'offer', peerId: `p${n}`, sdp } })
    }
    expect(await socket.next('error')).to.deep.include({ sessionId })
    await player.request('DELETE', `/api/sessions/${sessionId}`)
    socket.send({ kind: 'signal', sessionId, signal: { kind: 'offer', peerId: 'late', sdp } })
    const late = await socket.inbox.take(
      (message): message is Extract<ToPlayer, { kind: 'error' }> =>
        message.kind === 'error' && message.error.code === 'session-ended',
    )
    expect(late.sessionId).to.equal(sessionId)
    await creating
    await socket.close()
    await node.close()
  })

  const nodeTexts = texts.filter(([what]) => !/session|hello/.test(what))
  for (const [what, text, code] of nodeTexts) {
    it(`answers a node's ${what} with ${code}, and goes on`, async () => {
      const node = await connectNode(router.port, { key: await bed.enrolledKey() })
      node.socket.sendText(code === 'message-too-large' ? 'x'.repeat(600_000) : text)
      expect((await node.socket.next('error')).error.code).to.equal(code)
      node.socket.send({
        kind: 'session-event',
        sessionId: 'none',
        fence: 1,
        seq: 3,
        event: { kind: 'ready' },
      })
      expect((await node.socket.next('seen')).seq).to.equal(3)
      await node.close()
    })
  }

  it('answers a status with a wrong field, and keeps the one before', async () => {
    const node = await connectNode(router.port, { key: await bed.enrolledKey(), seats: 5 })
    const seats = async () => figure('nearcade_seats{state="free"}')
    while ((await seats()) !== 5);
    node.status({ lat: 91 })
    expect((await node.socket.next('error')).error.details?.join()).to.contain('lat')
    expect(await seats()).to.equal(5)
    await node.close()
  })

  it('lets no node speak before it has proved who it is', async () => {
    const socket = await openTestSocket<ToNode>(nodeAddress())
    socket.send({ kind: 'refused', requestId: 'r', reason: 'no-seat' })
    expect((await socket.next('error')).error).to.deep.include({ details: ['auth comes first'] })
    await socket.close()
  })

  const key = makeNodeKey()
  const strangers: readonly (readonly [string, (nonce: string) => object, ErrorCode, number])[] = [
    ['a node that nobody enrolled', (nonce) => authOf(key, nonce, null), 'node-not-known', 4401],
    ['a node with a made-up token', (nonce) => authOf(key, nonce, 'guess'), 'node-not-known', 4401],
    ['a node that signed another nonce', () => authOf(key, 'other', 'first-token'), 'node-not-known', 4401],
    [
      'a node of another version',
      (nonce) => ({ ...authOf(key, nonce, null), version: 99 }),
      'unsupported-version',
      4426,
    ],
  ]
  for (const [what, auth, code, closeCode] of strangers) {
    it(`refuses ${what}`, async () => {
      const socket = await openTestSocket<ToNode>(nodeAddress())
      const { nonce } = await socket.next('challenge')
      socket.send(auth(nonce))
      expect((await socket.next('error')).error.code).to.equal(code)
      expect(await socket.closed).to.equal(closeCode)
    })
  }

  it('enrols one node with the one-time token, then knows it by its key alone', async () => {
    const [first, second] = [makeNodeKey(), makeNodeKey()]
    await (await connectNode(router.port, { key: first, enrolToken: 'first-token' })).close()
    await (await connectNode(router.port, { key: first })).close()
    const socket = await openTestSocket<ToNode>(nodeAddress())
    const { nonce } = await socket.next('challenge')
    socket.send(authOf(second, nonce, 'first-token'))
    expect(await socket.closed).to.equal(4401)
  })

  it('lets nobody replay the proof of a node', async () => {
    const known = await bed.enrolledKey()
    const listener = await openTestSocket<ToNode>(nodeAddress())
    const { nonce } = await listener.next('challenge')
    const replay = await openTestSocket<ToNode>(nodeAddress())
    await replay.next('challenge')
    replay.send(authOf(known, nonce, null))
    expect(await replay.closed).to.equal(4401)
    await listener.close()
  })
})
