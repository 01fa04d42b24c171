import { expect } from 'chai'
import type { SessionView } from '../../../config/protocol/api.ts'
import type { FakeNode, FakeSession } from '../support/fakeNode.ts'
import type { FakePlayer, PlayerSocket } from '../support/fakePlayer.ts'
import { isIn, type LineBed, openLineBed, seats } from './lineBed.ts'

describe('a session whose node is lost', () => {
  let line: LineBed & { close(): Promise<void> }
  let player: FakePlayer

  before(async function () {
    this.timeout(60_000)
    line = await openLineBed()
  })
  after(() => line.close())
  beforeEach(async () => {
    await line.start({ nodeLostMs: 10_000 })
    player = await line.player()
  })
  afterEach(() => line.end())

  async function playing(): Promise<{ node: FakeNode; session: FakeSession; window: PlayerSocket }> {
    const node = await line.connect()
    const creating = player.create()
    const session = await node.runSession()
    await creating
    const window = await line.watch(player, session.sessionId)
    await window.view(session.sessionId, isIn('playing'))
    return { node, session, window }
  }
  /** Its process is killed, and nobody hears of it again; the others go on telling that they live. */
  async function kill(node: FakeNode, ...others: readonly FakeNode[]): Promise<void> {
    await node.close()
    line.clock.pass(9_000)
    for (const other of others) {
      other.status()
      await heard(other)
    }
    line.clock.pass(1_000)
  }
  /** The router has read all that the node has said so far: it answers a made-up session at once. */
  async function heard(node: FakeNode): Promise<void> {
    const event = { kind: 'end', reason: 'game-exited', detail: null, atMs: 1 }
    node.socket.send({ kind: 'session-event', sessionId: 'nobody', fence: 1, seq: 1, event })
    while ((await node.socket.next('seen')).sessionId !== 'nobody');
  }
  async function runAgain(node: FakeNode, sessionId: string, window: PlayerSocket): Promise<SessionView> {
    await node.acceptReserve()
    const { sessionId: started } = await node.acceptStart()
    expect(started).to.equal(sessionId)
    node.tell(sessionId, { kind: 'start', step: 'game' })
    node.tell(sessionId, { kind: 'ready' })
    node.tell(sessionId, { kind: 'play', atMs: 5 })
    return window.view(sessionId, ({ state }) => state.kind === 'playing' && state.sinceMs === 5)
  }

  it('begins anew on another node under the same id, and says so', async () => {
    const { node, session, window } = await playing()
    const other = await line.connect()
    await kill(node, other)
    const { state, again } = await runAgain(other, session.sessionId, window)
    expect(state).to.include({ nodeId: other.key.nodeId })
    expect(again).to.deep.equal({ times: 1, atMs: line.clock.now(), saves: 'left-behind' })
  })

  it('takes the events of the new node, and nothing more from the old one, which is told to end it', async () => {
    const { node, session, window } = await playing()
    const other = await line.connect()
    await kill(node, other)
    await runAgain(other, session.sessionId, window)
    const back = await line.connect({ key: node.key, sessions: node.sessions })
    const { sessionId, leaseId } = session
    expect(await back.socket.next('end')).to.include({ sessionId, leaseId })
    back.tell(sessionId, { kind: 'end', reason: 'internal', detail: null, atMs: 7 })
    while ((await back.socket.next('seen')).seq < 5);
    other.tell(sessionId, { kind: 'suspend', graceEndsAtMs: 9 })
    await window.view(sessionId, isIn('suspended'))
  })

  it('begins anew on its own node, which names what it was before until that has ended', async () => {
    const { node, session, window } = await playing()
    const other = await line.connect({ seats: 1, status: { seats: seats('busy') } })
    await kill(node, other)
    const { sessionId } = session
    await window.view(sessionId, isIn('waiting'))
    const back = await line.connect({ key: node.key, sessions: node.sessions })
    await back.socket.next('end')
    for (const _ of ['held', 'taken']) await line.passing(back.acceptReserve())
    for (const _ of [1, 2]) back.status()
    await heard(back)
    await back.acceptStart()
    for (const step of ['display', 'game'] as const) back.tell(sessionId, { kind: 'start', step })
    back.tell(sessionId, { kind: 'ready' })
    back.tell(sessionId, { kind: 'play', atMs: 5 })
    await window.view(sessionId, ({ state }) => state.kind === 'playing' && state.sinceMs === 5)
  })

  it('says that its saves are there where they had come to the router before', async () => {
    const { node, session, window } = await playing()
    const { saves } = line.bed.store
    const { sessionId, leaseId, titleId, guestId } = session
    const { nodeId } = node.key
    const home = { guestId, titleId, slot: 1 }
    await saves.take(home, 0, { sessionId, nodeId, leaseId })
    await saves.keep({ ...home, term: 1, seq: 1, sessionId, nodeId, takenAtMs: 1, files: [] }, 3)
    const other = await line.connect()
    await kill(node, other)
    const { again } = await runAgain(other, sessionId, window)
    expect(again).to.deep.include({ times: 1, saves: 'kept' })
  })

  it('begins anew on its own node, with its saves, when that comes back having forgotten it', async () => {
    const { node, session, window } = await playing()
    await node.close()
    const back = await line.connect({ key: node.key })
    const { again } = await runAgain(back, session.sessionId, window)
    expect(again).to.deep.include({ times: 1, saves: 'kept' })
  })

  it('is begun anew also when the router is restarted in between', async () => {
    const { node, session } = await playing()
    const other = await line.connect()
    await kill(node, other)
    await other.socket.next('reserve')
    await line.restart({ nodeLostMs: 10_000 })
    const back = await line.connect({ key: other.key })
    const window = await line.watch(line.again(player), session.sessionId)
    const { again } = await runAgain(back, session.sessionId, window)
    expect(again).to.deep.include({ times: 1, saves: 'left-behind' })
  })

  it('goes before all others in line where no seat is free, and takes the first without being asked', async () => {
    const { node, session, window } = await playing()
    const other = await line.connect({ seats: 1, status: { seats: seats('busy') } })
    const late = await line.player()
    await kill(node, other)
    await window.view(session.sessionId, isIn('waiting'))
    const { id } = await late.create()
    const lateWindow = await line.watch(late, id)
    await lateWindow.view(id, ({ wait }) => wait?.position === 2)
    await line.pass(8_000, window, lateWindow)
    other.status({ seats: seats('free') })
    expect((await line.passing(other.acceptReserve())).sessionId).to.equal(session.sessionId)
    await line.passing(other.acceptReserve())
    expect((await other.acceptStart()).sessionId).to.equal(session.sessionId)
  })

  it('ends as edge-gone when its player was away anyway', async () => {
    const { node, session, window } = await playing()
    const other = await line.connect()
    node.tell(session.sessionId, { kind: 'suspend', graceEndsAtMs: 9 })
    await window.view(session.sessionId, isIn('suspended'))
    await window.close()
    await player.request('GET', '/api/me')
    await kill(node, other)
    const later = await line.watch(player, session.sessionId)
    expect((await later.view(session.sessionId, isIn('ended'))).end?.reason).to.equal('edge-gone')
  })

  it('ends after it has lost three nodes: it may be what kills them', async () => {
    const { session, window, ...first } = await playing()
    let { node } = first
    for (let lost = 1; lost <= 3; lost += 1) {
      const next = await line.connect()
      await kill(node, next)
      const { again } = await runAgain(next, session.sessionId, window)
      expect(again?.times).to.equal(lost)
      node = next
    }
    const spare = await line.connect()
    await kill(node, spare)
    expect((await window.view(session.sessionId, isIn('ended'))).end?.reason).to.equal('edge-gone')
    expect(spare.socket.inbox.all.some(({ kind }) => kind === 'reserve')).to.equal(false)
  })

  it('is never moved because another node is nearer by now', async () => {
    const own = await line.connect({ status: { siteName: 'Far' } })
    const key = await line.bed.enrolledKey()
    const probe = (nodeId: string, rttMs: number) =>
      ({ nodeId, rttMs, jitterMs: 1, samples: 3, via: 'stun' }) as const
    const probes = [probe(own.key.nodeId, 90), probe(key.nodeId, 5)]
    const creating = player.create({ probes })
    const { sessionId } = await own.runSession()
    await creating
    const window = await line.watch(player, sessionId)
    await window.view(sessionId, isIn('playing'))
    const near = await line.connect({ key, status: { siteName: 'Near' } })
    for (let minute = 0; minute < 10; minute += 1) {
      const distance = { address: '127.0.0.1', rttMs: 90 + 20 * minute, samples: 60 * (minute + 1) }
      const sessions = [...own.sessions.values()].map(
        ({ guestId: _guest, ticket: _ticket, ...reported }) => ({
          ...reported,
          distance,
        }),
      )
      own.status({ sessions })
      near.status()
      await Promise.all([heard(own), heard(near)])
      line.clock.pass(6_000)
    }
    const states = window.inbox.all.flatMap((one) => (one.kind === 'session' ? [one.session.state] : []))
    expect(states.at(-1)).to.include({ kind: 'playing', nodeId: own.key.nodeId })
    expect(near.socket.inbox.all.map(({ kind }) => kind)).not.to.include('reserve')
    // One who comes now is sent there.
    const next = await line.player()
    const later = next.create({ probes })
    await near.acceptReserve()
    await near.acceptStart()
    await later
  })

  it('is not lost to a clock that somebody sets', async () => {
    const { session, window } = await playing()
    line.clock.jump(3_600_000)
    line.clock.pass(5_000)
    line.clock.jump(-7_200_000)
    line.clock.pass(4_000)
    window.send({ kind: 'ping', atMs: 1 })
    await window.next('pong')
    const kinds = window.inbox.all.flatMap((one) => (one.kind === 'session' ? [one.session.state.kind] : []))
    expect(kinds.at(-1)).to.equal('playing')
    line.clock.pass(1_000)
    expect((await window.view(session.sessionId, isIn('ended'))).end?.reason).to.equal('edge-gone')
  })
})
