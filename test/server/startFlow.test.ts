import { expect } from 'chai'
import { importJWK, jwtVerify, type JWK } from 'jose'
import type { Signal } from '../../config/protocol/signal.ts'
import type { Router } from '../../server/router.ts'
import { connectNode, type FakeNode } from './support/fakeNode.ts'
import { createBody, newPlayer, playerWith, type FakePlayer } from './support/fakePlayer.ts'
import { openTestBed, type TestBed } from './support/testRouter.ts'
import { me, probeTargets, sessionView, titleList } from '../../config/protocol/api.ts'
import { placementReport } from '../../config/protocol/placement.ts'

const offer = (peerId: string): Signal => ({ kind: 'offer', peerId, sdp: 'v=0 offer' })

describe('the start of a session, from the click to the game', () => {
  let bed: TestBed
  let router: Router
  let player: FakePlayer
  let nodes: FakeNode[]

  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
  })
  after(() => bed.close())
  beforeEach(async () => {
    router = await bed.start()
    player = await newPlayer(router.port)
    nodes = []
  })
  afterEach(async () => {
    for (const node of nodes) await node.close()
    await router.close()
    await bed.endSessions()
  })

  /** Connects a node and waits until the router has its status. */
  async function node(options: Parameters<typeof connectNode>[1] = {}): Promise<FakeNode> {
    // Each at a site of its own, since one node of a site is probed for all.
    const siteName = nodes.length === 0 ? 'Test site' : `Test site ${nodes.length + 1}`
    const connected = await connectNode(router.port, {
      key: await bed.enrolledKey(),
      ...options,
      status: { siteName, ...options.status },
    })
    nodes.push(connected)
    await online(nodes.length)
    return connected
  }
  async function online(count: number): Promise<void> {
    for (;;) {
      const { targets } = probeTargets.parse((await player.request('GET', '/api/probes')).body)
      if (targets.length === count) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  it('goes requested → placed → reserved → starting → ready → playing, and the player sees each step', async () => {
    const one = await node()
    const socket = await player.connect()
    const creating = player.create()
    await one.acceptReserve()
    const session = await one.acceptStart()
    const created = await creating
    expect(created).to.deep.include({ id: session.sessionId, titleName: 'The game', siteName: 'Test site' })
    socket.send({ kind: 'attach', sessionId: created.id })
    for (const step of ['display', 'sound', 'game', 'picture'] as const)
      one.tell(created.id, { kind: 'start', step })
    one.tell(created.id, { kind: 'ready' })
    one.tell(created.id, { kind: 'play', atMs: 42 })
    const { leaseId, fence } = session
    const playing = await socket.view(created.id, ({ state }) => state.kind === 'playing')
    expect(playing.state).to.deep.equal({
      kind: 'playing',
      nodeId: one.key.nodeId,
      leaseId,
      fence,
      sinceMs: 42,
    })
    const views = socket.inbox.all.flatMap((message) => (message.kind === 'session' ? [message.session] : []))
    const revisions = views.map(({ revision }) => revision)
    expect(revisions).to.deep.equal([...revisions].sort((a, b) => a - b))
    expect(playing.revision).to.equal(8)
    const kinds = (await bed.store.sessions.events(created.id)).map(({ event }) => event.kind)
    expect(kinds).to.deep.equal(['place', 'reserve', 'start', 'start', 'start', 'start', 'ready', 'play'])
    expect(
      sessionView.parse((await player.request('GET', `/api/sessions/${created.id}`)).body),
    ).to.deep.equal(playing)
    await socket.close()
  })

  it('hands the node a ticket for this guest, session and node, which the key it was given verifies', async () => {
    const one = await node()
    const creating = player.create()
    await one.acceptReserve()
    const { ticket, sessionId, guestId } = await one.acceptStart()
    await creating
    const { payload } = await jwtVerify(ticket, await importJWK(one.ticketKey as JWK, 'EdDSA'))
    expect(payload).to.include({ sub: player.guestId, sid: sessionId, node: one.key.nodeId })
    expect(guestId).to.equal(player.guestId)
  })

  it('acknowledges what the node tells, so that it may forget it', async () => {
    const one = await node()
    const creating = player.create()
    const { sessionId } = await one.runSession()
    await creating
    const seen: number[] = []
    while (seen.length < 4) seen.push((await one.socket.next('seen')).seq)
    expect(seen).to.deep.equal([1, 2, 3, 4])
    expect((await bed.store.sessions.find(sessionId))?.nodeSeq).to.equal(4)
  })

  it('takes the next candidate when the first one refuses, and says so in the report', async () => {
    const [near, far] = [await node(), await node()]
    const probes = [near, far].map(({ key }, index) => ({
      nodeId: key.nodeId,
      rttMs: 5 + index * 50,
      jitterMs: 1,
      samples: 3,
      via: 'stun' as const,
    }))
    const creating = player.create({ probes })
    await near.refuseReserve()
    await far.acceptReserve()
    await far.acceptStart()
    const { id, state } = await creating
    expect(state).to.include({ kind: 'reserved', nodeId: far.key.nodeId })
    const answer = await player.request('GET', `/api/sessions/${id}/placement`)
    const report = placementReport.parse(answer.body)
    expect(report.chosenNodeId).to.equal(far.key.nodeId)
    expect(report.candidates.map(({ ruledOut }) => ruledOut)).to.deep.equal([null, 'refused'])
  })

  it('takes the next candidate when the first one goes away before it answers', async () => {
    const [near, far] = [await node(), await node()]
    const probes = [{ nodeId: near.key.nodeId, rttMs: 1, jitterMs: null, samples: 1, via: 'stun' as const }]
    const creating = player.create({ probes })
    await near.socket.next('reserve')
    await near.close()
    await far.acceptReserve()
    await far.acceptStart()
    expect((await creating).state).to.include({ nodeId: far.key.nodeId })
  })

  it('gives a seat back that comes after nobody wants it any more', async () => {
    const one = await node()
    const creating = player.create()
    const { requestId, sessionId } = await one.socket.next('reserve')
    await player.request('DELETE', `/api/sessions/${sessionId}`)
    one.socket.send({ kind: 'reserved', requestId, leaseId: 'late', fence: 1, seatId: 0, expiresAtMs: 1 })
    expect((await one.socket.next('release')).leaseId).to.equal('late')
    one.socket.send({
      kind: 'reserved',
      requestId: 'made-up',
      leaseId: 'odd',
      fence: 1,
      seatId: 0,
      expiresAtMs: 1,
    })
    expect((await one.socket.next('release')).leaseId).to.equal('odd')
    expect((await creating).state).to.include({ kind: 'ended', reason: 'player-ended' })
  })

  it('ends as no-node-online when there is none', async () => {
    const impatient = await bed.start({ nodeLostMs: 200 })
    const elsewhere = playerWith(impatient.port, player.guestId, player.cookie)
    const { id, end } = await elsewhere.create()
    expect(end).to.include({ reason: 'no-node-online', detail: 'No node is online.' })
    await impatient.close()
    const socket = await player.connect()
    socket.send({ kind: 'attach', sessionId: id })
    expect((await socket.view(id, () => true)).end?.reason).to.equal('no-node-online')
    await socket.close()
  })

  it('ends as no-seat-free where there is no seat at all, and waits in line where all are taken or refused', async () => {
    await node({ seats: 0 })
    expect((await player.create()).end).to.include({ reason: 'no-seat-free' })
    const other = await node()
    const creating = player.create()
    await other.refuseReserve()
    expect((await creating).state).to.include({ kind: 'waiting', region: 'Test site 2', seatClass: '720p60' })
  })

  it('ends as nothing-in-reach where no node that is online will ever run the title', async () => {
    await node({ status: { titles: [] } })
    expect((await player.create()).end).to.include({ reason: 'nothing-in-reach' })
  })

  it('takes no second seat for a repeated click', async () => {
    const one = await node()
    const body = createBody()
    const clicks = [1, 2, 3].map(() => player.request('POST', '/api/sessions', body))
    await one.acceptReserve()
    await one.acceptStart()
    const answers = await Promise.all(clicks)
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).to.deep.equal([200, 200, 201])
    expect(new Set(answers.map((answer) => sessionView.parse(answer.body).id)).size).to.equal(1)
    expect(one.socket.inbox.all.filter(({ kind }) => kind === 'reserve')).to.have.length(1)
  })

  it('lets one guest have only so many sessions, and another one again after an end', async () => {
    const one = await node({ seats: 9 })
    const serve = async (): Promise<void> => {
      await one.acceptReserve()
      await one.acceptStart()
    }
    const [first] = await Promise.all([player.create(), serve()])
    await Promise.all([player.create(), serve()])
    const third = await player.request('POST', '/api/sessions', createBody())
    expect([third.status, third.code]).to.deep.equal([429, 'too-many-sessions'])
    await player.request('DELETE', `/api/sessions/${first.id}`)
    await Promise.all([player.create(), serve()])
    const { sessions } = me.parse((await player.request('GET', '/api/me')).body)
    expect(sessions).to.have.length(2)
  })

  it('holds what the browser signals until the node has the session, then relays both ways in order', async () => {
    const one = await node()
    const socket = await player.connect()
    const creating = player.create()
    const { requestId, sessionId } = await one.socket.next('reserve')
    socket.send({ kind: 'attach', sessionId })
    socket.send({ kind: 'signal', sessionId, signal: offer('p1') })
    const candidate: Signal = {
      kind: 'candidate',
      peerId: 'p1',
      candidate: 'c',
      sdpMid: '0',
      sdpMLineIndex: 0,
    }
    socket.send({ kind: 'signal', sessionId, signal: candidate })
    await socket.view(sessionId, ({ state }) => state.kind === 'requested')
    socket.send({ kind: 'ping', atMs: 1 })
    await socket.next('pong')
    one.socket.send({ kind: 'reserved', requestId, leaseId: 'lease', fence: 7, seatId: 0, expiresAtMs: 1 })
    await one.acceptStart()
    expect((await one.socket.next('signal')).signal).to.deep.equal(offer('p1'))
    expect((await one.socket.next('signal')).signal).to.deep.equal(candidate)
    const order = one.socket.inbox.all.map(({ kind }) => kind)
    expect(order.indexOf('start')).to.be.lessThan(order.indexOf('signal'))
    const answer: Signal = { kind: 'answer', peerId: 'p1', sdp: 'v=0 answer' }
    one.socket.send({ kind: 'signal', sessionId, signal: answer })
    expect((await socket.next('signal')).signal).to.deep.equal(answer)
    await creating
    await socket.close()
  })

  it("keeps a node's signal for a player whose socket is away for a moment", async () => {
    const one = await node()
    const creating = player.create()
    const { sessionId } = await one.runSession()
    await creating
    const answer: Signal = { kind: 'answer', peerId: 'p1', sdp: 'v=0' }
    one.socket.send({ kind: 'signal', sessionId, signal: answer })
    one.status()
    one.tell(sessionId, { kind: 'suspend', graceEndsAtMs: 5 })
    while ((await one.socket.next('seen')).seq !== 5);
    const socket = await player.connect()
    socket.send({ kind: 'attach', sessionId })
    expect((await socket.next('signal')).signal).to.deep.equal(answer)
    await socket.close()
  })

  it('ends by the player through the socket too, and the node is told', async () => {
    const one = await node()
    const socket = await player.connect()
    const creating = player.create()
    const { sessionId } = await one.runSession()
    await creating
    socket.send({ kind: 'attach', sessionId })
    socket.send({ kind: 'end', sessionId })
    const { end } = await socket.view(sessionId, ({ state }) => state.kind === 'ended')
    expect(end?.reason).to.equal('player-ended')
    expect(await one.socket.next('end')).to.include({ sessionId, reason: 'player-ended' })
    await socket.close()
  })

  it("shows every guest their own sessions only, and lets nobody touch another's", async () => {
    const one = await node()
    const creating = player.create()
    const { sessionId } = await one.runSession()
    await creating
    const stranger = await newPlayer(router.port)
    const path = `/api/sessions/${sessionId}`
    for (const [method, where] of [
      ['GET', path],
      ['DELETE', path],
      ['GET', `${path}/placement`],
    ] as const)
      expect((await stranger.request(method, where)).code, method).to.equal('not-yours')
    expect(me.parse((await stranger.request('GET', '/api/me')).body).sessions).to.deep.equal([])
    const socket = await stranger.connect()
    const messages = [
      { kind: 'attach', sessionId },
      { kind: 'signal', sessionId, signal: offer('x') },
      { kind: 'end', sessionId },
    ]
    for (const message of messages) {
      socket.send(message)
      const refusal = await socket.next('error')
      expect([refusal.error.code, refusal.sessionId]).to.deep.equal(['not-yours', sessionId])
    }
    expect((await bed.store.sessions.find(sessionId))?.state.kind).to.equal('playing')
    expect(one.socket.inbox.all.filter(({ kind }) => kind === 'signal' || kind === 'end')).to.deep.equal([])
    await socket.close()
  })

  it('shows which titles can be played now, and where to probe', async () => {
    const titles = async () => titleList.parse((await player.request('GET', '/api/titles')).body).titles
    expect((await titles()).map(({ id, available }) => [id, available])).to.deep.equal([
      ['game', false],
      ['other', false],
    ])
    await node({ seats: 3 })
    expect((await titles()).map(({ available, seatsFree }) => [available, seatsFree])).to.deep.equal([
      [true, 3],
      [false, 0],
    ])
  })
})
