import { expect } from 'chai'
import type { SessionView } from '../../config/protocol/api.ts'
import type { SessionEvent } from '../../config/protocol/session.ts'
import type { RouterSettings } from '../../config/settings/router.ts'
import type { Router } from '../../server/router.ts'
import { connectNode, type FakeNode, type FakeNodeOptions, type FakeSession } from './support/fakeNode.ts'
import { newPlayer, playerWith, type FakePlayer, type PlayerSocket } from './support/fakePlayer.ts'
import { createManualClock, type ManualClock } from './support/manualClock.ts'
import { openTestBed, type TestBed } from './support/testRouter.ts'

const hasEnded = ({ state }: SessionView): boolean => state.kind === 'ended'

describe("a session's life on a node", () => {
  let bed: TestBed
  let router: Router
  let player: FakePlayer
  let clock: ManualClock
  let opened: { close(): Promise<void> }[]

  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
  })
  after(() => bed.close())
  beforeEach(() => {
    clock = createManualClock(Date.now())
    opened = []
  })
  afterEach(async () => {
    for (const thing of opened.reverse()) await thing.close()
    await bed.endSessions()
  })

  /** Time of the routers passes only as a test says; nodes are never asked for a sign of life. */
  const onClock = (settings: Partial<RouterSettings> = {}): [Partial<RouterSettings>, ManualClock] => [
    { heartbeatMs: 3_600_000, ...settings },
    clock,
  ]
  async function start(settings: Partial<RouterSettings> = {}): Promise<void> {
    router = await bed.start(...onClock(settings))
    opened.push(router)
    player = await newPlayer(router.port)
  }
  /** Stops the router and starts another one over the same store. */
  async function restart(settings: Partial<RouterSettings> = {}): Promise<void> {
    await router.close()
    router = await bed.start(...onClock(settings))
    opened.push(router)
    player = playerWith(router.port, player.guestId, player.cookie)
  }
  async function connect(options: FakeNodeOptions = {}): Promise<FakeNode> {
    const node = await connectNode(router.port, { key: await bed.enrolledKey(), ...options })
    opened.push(node)
    return node
  }
  async function watch(sessionId: string): Promise<PlayerSocket> {
    const socket = await player.connect()
    opened.push(socket)
    socket.send({ kind: 'attach', sessionId })
    return socket
  }
  /** A node with a session that is being played, and a window that follows it. */
  async function playing(): Promise<{ node: FakeNode; session: FakeSession; window: PlayerSocket }> {
    const node = await connect()
    const creating = player.create()
    const session = await node.runSession()
    await creating
    const window = await watch(session.sessionId)
    await window.view(session.sessionId, ({ state }) => state.kind === 'playing')
    return { node, session, window }
  }

  const ends: readonly (readonly [string, Extract<SessionEvent, { kind: 'end' }>['reason']])[] = [
    ['the game crashes', 'game-crashed'],
    ['the game is closed from its own menu', 'game-exited'],
    ['the session process dies', 'session-crashed'],
    ['nobody touches it for long', 'idle-timeout'],
    ['the player stays away for longer than the grace', 'grace-expired'],
    ['the node is stopped by its operator', 'node-stopped'],
  ]
  it('ends with the reason that the node names, and the player reads what happened and what to do', async () => {
    await start({ sessionsPerGuest: 10 })
    for (const [what, reason] of ends) {
      const { node, session, window } = await playing()
      node.tell(session.sessionId, { kind: 'end', reason, detail: null, atMs: 7 })
      const { end, state } = await window.view(session.sessionId, hasEnded)
      expect(end?.reason, what).to.equal(reason)
      expect(end?.what).to.be.a('string').with.length.above(10)
      expect(end?.next).to.be.a('string').with.length.above(10)
      expect(state).to.include({ endedAtMs: 7 })
      await node.close()
    }
    const metrics = String((await player.request('GET', '/metrics')).body)
    for (const [, reason] of ends)
      expect(metrics).to.contain(`nearcade_session_ends_total{reason="${reason}"} 1`)
  })

  it('is suspended and resumed as often as the player goes and comes', async () => {
    await start()
    const { node, session, window } = await playing()
    for (const graceEndsAtMs of [100, 200]) {
      node.tell(session.sessionId, { kind: 'suspend', graceEndsAtMs })
      const away = await window.view(session.sessionId, ({ state }) => state.kind === 'suspended')
      expect(away.state).to.include({ graceEndsAtMs })
      node.tell(session.sessionId, { kind: 'play', atMs: graceEndsAtMs })
      await window.view(
        session.sessionId,
        ({ state }) => state.kind === 'playing' && state.sinceMs === graceEndsAtMs,
      )
    }
  })

  it('changes nothing for late, repeated, foreign, made-up or forbidden events, and acknowledges each', async () => {
    await start()
    const { node, session, window } = await playing()
    const { sessionId, fence } = session
    while ((await node.socket.next('seen')).seq !== 4);
    const before = await bed.store.sessions.find(sessionId)
    const end: SessionEvent = { kind: 'end', reason: 'game-crashed', detail: null, atMs: 1 }
    const event = (change: object) => ({
      kind: 'session-event',
      sessionId,
      fence,
      seq: 5,
      event: end,
      ...change,
    })
    const stranger = await connect()
    stranger.socket.send(event({}))
    await stranger.socket.next('seen')
    const harmless = [
      event({ seq: 4 }),
      event({ seq: 1, event: { kind: 'start', step: 'display' } }),
      event({ fence: fence - 1 }),
      event({ fence: fence + 1 }),
      event({ sessionId: 'nobody-knows' }),
      event({ event: { kind: 'refuse' } }),
      event({ event: { kind: 'place', nodeId: 'other' } }),
      event({ event: { kind: 'reserve', leaseId: 'x', fence: 1 } }),
    ]
    for (const message of harmless) {
      node.socket.send(message)
      expect(await node.socket.next('seen')).to.include({ seq: message.seq })
    }
    // Not in this state: heard, so that it is not told for ever, but nothing else.
    node.socket.send(event({ event: { kind: 'ready' } }))
    await node.socket.next('seen')
    expect(await bed.store.sessions.find(sessionId)).to.deep.equal({ ...before, nodeSeq: 5 })
    node.socket.send(event({ seq: 6 }))
    await window.view(sessionId, hasEnded)
    node.socket.send(event({ seq: 7, event: { kind: 'play', atMs: 1 } }))
    expect(await node.socket.next('seen'), 'of the end').to.include({ seq: 6 })
    expect(await node.socket.next('seen')).to.include({ seq: 7 })
    expect((await bed.store.sessions.find(sessionId))?.state).to.include({
      kind: 'ended',
      reason: 'game-crashed',
    })
  })

  it('ends as start-timeout when the picture does not come, and the node is told', async () => {
    await start({ startTimeoutMs: 5_000 })
    const node = await connect()
    const creating = player.create()
    await node.acceptReserve()
    const { sessionId } = await node.acceptStart()
    node.tell(sessionId, { kind: 'start', step: 'display' })
    await creating
    const window = await watch(sessionId)
    await window.view(sessionId, ({ state }) => state.kind === 'starting')
    clock.pass(5_000)
    expect((await window.view(sessionId, hasEnded)).end?.reason).to.equal('start-timeout')
    expect(await node.socket.next('end')).to.include({ sessionId, reason: 'start-timeout' })
  })

  it('is not ended by the start timer once it is ready', async () => {
    await start({ nodeLostMs: 60_000 })
    const { node, session, window } = await playing()
    await passWatched(window, 40_000)
    node.tell(session.sessionId, { kind: 'play', atMs: 40_000 })
    await window.view(session.sessionId, ({ state }) => state.kind === 'playing' && state.sinceMs === 40_000)
  })

  /** Windows answer the router's pings in between, as they would. */
  async function passWatched(window: PlayerSocket, ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 9_000) {
      clock.pass(Math.min(9_000, leftMs))
      window.send({ kind: 'ping', atMs: leftMs })
      await window.next('pong')
    }
  }

  it('ends as grace-expired when its node forgets to end it', async () => {
    await start({ graceMs: 1000, nodeLostMs: 600_000 })
    const { node, session, window } = await playing()
    node.tell(session.sessionId, { kind: 'suspend', graceEndsAtMs: 1 })
    await window.view(session.sessionId, ({ state }) => state.kind === 'suspended')
    await passWatched(window, 31_000)
    expect((await window.view(session.sessionId, hasEnded)).end?.reason).to.equal('grace-expired')
  })

  it('ends as edge-gone when its node stays away too long', async () => {
    await start()
    const { node, session, window } = await playing()
    await node.close()
    clock.pass(10_000)
    expect((await window.view(session.sessionId, hasEnded)).end?.reason).to.equal('edge-gone')
  })

  it('ends as edge-gone when its node is connected but silent, and that socket is cut', async () => {
    await start()
    const { node, session, window } = await playing()
    clock.pass(10_000)
    expect((await window.view(session.sessionId, hasEnded)).end?.reason).to.equal('edge-gone')
    expect(await node.socket.closed).to.equal(4408)
  })

  it('goes on when its node comes back in time, with the events that were told meanwhile', async () => {
    await start()
    const { node, session, window } = await playing()
    const { sessionId } = session
    await node.close()
    node.sessions.set(sessionId, {
      ...(node.sessions.get(sessionId) ?? session),
      state: {
        kind: 'suspended',
        nodeId: node.key.nodeId,
        leaseId: session.leaseId,
        fence: session.fence,
        graceEndsAtMs: 9,
      },
      eventSeq: 9,
    })
    const back = await connect({ key: node.key, sessions: node.sessions })
    await window.view(sessionId, ({ state }) => state.kind === 'suspended')
    while ((await back.socket.next('seen')).seq !== 9);
    back.tell(sessionId, { kind: 'play', atMs: 77 })
    await window.view(sessionId, ({ state }) => state.kind === 'playing' && state.sinceMs === 77)
  })

  it('ends as session-crashed when it vanishes from a connected node', async () => {
    await start()
    const { node, session, window } = await playing()
    node.status()
    node.status({ sessions: [] })
    expect((await window.view(session.sessionId, hasEnded)).end?.reason).to.equal('session-crashed')
  })

  it('is started again on a node that lost the order on the way', async () => {
    await start()
    const node = await connect()
    const creating = player.create()
    await node.acceptReserve()
    const { sessionId, leaseId, fence } = await node.socket.next('start')
    await creating
    await node.close()
    const back = await connect({ key: node.key })
    expect(await back.socket.next('start')).to.include({ sessionId, leaseId, fence })
  })

  it('goes on over a restart of the router: the node brings it back, the player follows it again', async () => {
    await start()
    const { node, session } = await playing()
    const { sessionId } = session
    await restart()
    expect(await node.socket.closed).to.equal(1001)
    const window = await watch(sessionId)
    const first = await window.view(sessionId, () => true)
    expect(first.state).to.include({ kind: 'playing', nodeId: node.key.nodeId })
    const back = await connect({ key: node.key, sessions: node.sessions })
    window.send({ kind: 'signal', sessionId, signal: { kind: 'offer', peerId: 'again', sdp: 'v=0' } })
    expect(await back.socket.next('signal')).to.include({ sessionId })
    back.tell(sessionId, { kind: 'suspend', graceEndsAtMs: 5 })
    await window.view(sessionId, ({ state }) => state.kind === 'suspended')
    await player.request('DELETE', `/api/sessions/${sessionId}`)
    expect(await back.socket.next('end')).to.include({ sessionId, reason: 'player-ended' })
  })

  it('ends as edge-gone when its node does not come back after a restart of the router', async () => {
    await start()
    const { session } = await playing()
    await restart()
    const window = await watch(session.sessionId)
    expect((await window.view(session.sessionId, ({ state }) => state.kind === 'playing')).end).to.equal(null)
    clock.pass(10_000)
    expect((await window.view(session.sessionId, hasEnded)).end?.reason).to.equal('edge-gone')
  })

  it('is placed anew when the router was restarted while it was being placed', async () => {
    await start()
    const node = await connect()
    const creating = player.create()
    const { sessionId } = await node.socket.next('reserve')
    await Promise.all([creating, restart()])
    expect((await bed.store.sessions.find(sessionId))?.state.kind).to.be.oneOf(['placed', 'requested'])
    const back = await connect({ key: node.key })
    expect((await back.acceptReserve()).sessionId).to.equal(sessionId)
    expect((await back.acceptStart()).sessionId).to.equal(sessionId)
  })

  it('is ended on a node that still has it after its end', async () => {
    await start()
    const { node, session } = await playing()
    const { sessionId } = session
    await node.close()
    await player.request('DELETE', `/api/sessions/${sessionId}`)
    const back = await connect({ key: node.key, sessions: node.sessions })
    expect(await back.socket.next('end')).to.include({ sessionId })
    back.tell(sessionId, { kind: 'end', reason: 'player-ended', detail: null, atMs: 1 })
    expect(await back.socket.next('seen')).to.include({ sessionId, seq: 5 })
  })

  it('may be forgotten by a node that reports its end again', async () => {
    await start()
    const { node, session, window } = await playing()
    const { sessionId } = session
    node.tell(sessionId, { kind: 'end', reason: 'game-exited', detail: null, atMs: 1 })
    await window.view(sessionId, hasEnded)
    while ((await node.socket.next('seen')).seq !== 5);
    await node.close()
    const back = await connect({ key: node.key, sessions: node.sessions })
    expect(await back.socket.next('seen')).to.include({ sessionId, seq: 5 })
  })

  it('moves to the newer socket when its node connects twice, and the older one is closed', async () => {
    await start()
    const { node, session, window } = await playing()
    const second = await connect({ key: node.key, sessions: node.sessions })
    expect(await node.socket.closed).to.equal(4409)
    second.tell(session.sessionId, { kind: 'suspend', graceEndsAtMs: 3 })
    await window.view(session.sessionId, ({ state }) => state.kind === 'suspended')
  })
})
