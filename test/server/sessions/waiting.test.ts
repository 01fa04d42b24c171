import { expect } from 'chai'
import { sessionView, type SessionView } from '../../../config/protocol/api.ts'
import type { FakeNode, FakeSession } from '../support/fakeNode.ts'
import { createBody, type FakePlayer, type PlayerSocket } from '../support/fakePlayer.ts'
import { choose, isIn, type LineBed, openLineBed, seats } from './lineBed.ts'

interface Waiter {
  readonly player: FakePlayer
  readonly id: string
  readonly window: PlayerSocket
  readonly first: SessionView
}

const rtt = (node: FakeNode, rttMs: number) => ({
  nodeId: node.key.nodeId,
  rttMs,
  jitterMs: 1,
  samples: 3,
  via: 'stun' as const,
})

describe('waiting in line for a seat', () => {
  let line: LineBed & { close(): Promise<void> }

  before(async function () {
    this.timeout(60_000)
    line = await openLineBed()
  })
  after(() => line.close())
  afterEach(() => line.end())

  /** A node with one seat, and who plays on it. */
  async function fullNode(): Promise<{ node: FakeNode; session: FakeSession }> {
    const node = await line.connect({ seats: 1 })
    const player = await line.player()
    const creating = player.create()
    const session = await node.runSession()
    await creating
    node.status()
    return { node, session }
  }
  async function waiter(change: Parameters<FakePlayer['create']>[0] = {}, as?: FakePlayer): Promise<Waiter> {
    const player = as ?? (await line.player())
    const { id } = await player.create(change)
    const window = await line.watch(player, id)
    return { player, id, window, first: await window.view(id, isIn('waiting')) }
  }
  /** The session on the node ends and its seat is free. */
  function freeSeat(node: FakeNode, { sessionId }: { sessionId: string }): void {
    node.tell(sessionId, { kind: 'end', reason: 'game-exited', detail: null, atMs: 1 })
    node.sessions.delete(sessionId)
    node.status()
  }
  const held = async (node: FakeNode, { id, window }: Waiter): Promise<SessionView> => {
    const asked = line.passing(node.acceptReserve())
    expect((await asked).sessionId).to.equal(id)
    return line.passing(window.view(id, isIn('held')))
  }
  /** Long enough that a seat is held for them, and not taken at once as for one who has only just come. */
  const waitABit = (...waiters: readonly Waiter[]): Promise<void> =>
    line.pass(11_000, ...waiters.map(({ window }) => window))

  it('says the place and what there is, holds the seat that comes free, and starts at the word of the player', async () => {
    await line.start()
    const { node, session } = await fullNode()
    const one = await waiter()
    const view = sessionView.parse((await one.player.request('GET', `/api/sessions/${one.id}`)).body)
    expect(view.wait).to.deep.include({ why: 'full', position: 1, length: 1, etaMs: null, hold: null })
    expect(view.wait?.offers).to.deep.equal([{ kind: 'queue' }])
    await waitABit(one)
    freeSeat(node, session)
    const { wait, siteName, state: hold } = await held(node, one)
    expect(siteName).to.equal('Test site')
    expect(wait?.hold).to.include({ siteName: 'Test site', ofMs: 30_000 })
    // The clock goes on in steps until the view is here.
    const leastMs = 'confirmByMs' in hold ? hold.confirmByMs - line.clock.now() : Number.NaN
    expect(wait?.hold?.leftMs).to.be.within(leastMs, 30_000)
    expect(leastMs).to.be.above(0)
    const confirming = [1, 2].map(() => choose(one.player, one.id, { kind: 'confirm' }))
    await line.passing(node.acceptReserve())
    const { leaseId } = await node.acceptStart()
    const states = (await Promise.all(confirming)).map(({ body }) => sessionView.parse(body).state)
    for (const state of states) expect(state).to.include({ kind: 'reserved', leaseId })
    expect((await choose(one.player, one.id, { kind: 'confirm' })).status).to.equal(200)
    node.tell(one.id, { kind: 'start', step: 'game' })
    node.tell(one.id, { kind: 'ready' })
    node.tell(one.id, { kind: 'play', atMs: 5 })
    expect((await one.window.view(one.id, isIn('playing'))).wait).to.equal(null)
  })

  it('takes the seat at once for a player who has only just come', async () => {
    await line.start()
    const { node, session } = await fullNode()
    const one = await waiter()
    freeSeat(node, session)
    await held(node, one)
    await line.passing(node.acceptReserve())
    expect((await node.acceptStart()).sessionId).to.equal(one.id)
  })

  it('gives a seat that nobody takes to the next in line, and tells who missed it', async () => {
    await line.start()
    const { node, session } = await fullNode()
    const [one, two] = [await waiter(), await waiter()]
    expect(two.first.wait).to.include({ position: 2, length: 2 })
    await waitABit(one, two)
    freeSeat(node, session)
    const { state } = await held(node, one)
    await line.passing(two.window.view(two.id, ({ wait }) => wait?.position === 1))
    await line.pass(30_000, one.window, two.window)
    expect((await one.window.view(one.id, isIn('ended'))).end?.reason).to.equal('hold-expired')
    expect(await node.socket.next('release')).to.include({ leaseId: 'leaseId' in state ? state.leaseId : '' })
    node.status()
    await held(node, two)
  })

  it('lets nobody who comes later have a seat that those in line could use', async () => {
    await line.start()
    const { node, session } = await fullNode()
    const one = await waiter()
    await waitABit(one)
    freeSeat(node, session)
    const late = await line.player()
    const view = await late.create()
    expect(view.state.kind).to.equal('waiting')
    await held(node, one)
    expect(node.socket.inbox.all.filter(({ kind }) => kind === 'reserve')).to.have.length(2)
  })

  it('gives one guest with several windows one place', async () => {
    await line.start({ sessionsPerGuest: 5 })
    const { node, session } = await fullNode()
    const greedy = await line.player()
    const [first, second] = [await waiter({}, greedy), await waiter({}, greedy)]
    const other = await waiter()
    expect(other.first.wait).to.include({ position: 2, length: 3 })
    await waitABit(first, second, other)
    freeSeat(node, session)
    await held(node, first)
    await line.passing(other.window.view(other.id, ({ wait }) => wait?.position === 1))
    await choose(greedy, first.id, { kind: 'leave' })
    node.status()
    await held(node, other)
    await line.passing(second.window.view(second.id, ({ wait }) => wait?.position === 1))
  })

  it('goes on over a restart of the router, in the same order, with the seat that was held', async () => {
    await line.start()
    const { node, session } = await fullNode()
    const [one, two, three] = [await waiter(), await waiter(), await waiter()]
    await waitABit(one, two, three)
    freeSeat(node, session)
    await held(node, one)
    await line.restart()
    const back = await line.connect({ key: node.key, seats: 1, status: { seats: seats('reserved') } })
    const views = await Promise.all(
      [one, two, three].map(async ({ player, id }) => {
        const again = line.again(player)
        return sessionView.parse((await again.request('GET', `/api/sessions/${id}`)).body)
      }),
    )
    expect(views.map(({ state }) => state.kind)).to.deep.equal(['held', 'waiting', 'waiting'])
    const windows = await Promise.all(
      [two, three].map(({ player, id }) => line.watch(line.again(player), id)),
    )
    for (const [index, { id }] of [two, three].entries()) {
      const window = windows[index]
      if (window === undefined) throw new Error('no window')
      await line.passing(window.view(id, ({ wait }) => wait?.position === index + 1))
    }
    const confirming = choose(line.again(one.player), one.id, { kind: 'confirm' })
    await line.passing(back.acceptReserve())
    expect((await back.acceptStart()).sessionId).to.equal(one.id)
    expect((await confirming).status).to.equal(200)
  })

  it('keeps the place when the held seat is lost before it is taken', async () => {
    await line.start()
    const { node, session } = await fullNode()
    const [one, two] = [await waiter(), await waiter()]
    await waitABit(one, two)
    freeSeat(node, session)
    await held(node, one)
    const confirming = choose(one.player, one.id, { kind: 'confirm' })
    await line.passing(node.refuseReserve())
    expect((await confirming).code).to.equal('choice-gone')
    const { wait } = await line.passing(one.window.view(one.id, isIn('waiting')))
    expect(wait?.position).to.equal(1)
  })

  it('offers farther seats, takes one knowingly, and never sends anybody there unasked', async () => {
    await line.start()
    const near = await line.connect({ seats: 1, status: { siteName: 'Near', seats: seats('busy') } })
    const far = await line.connect({ seats: 1, status: { siteName: 'Far' } })
    const one = await waiter({ titleId: 'quick', probes: [rtt(near, 8), rtt(far, 90)] })
    const { wait } = one.first
    expect(wait).to.include({ why: 'full', position: 1 })
    expect(wait?.offers).to.deep.equal([
      { kind: 'queue' },
      { kind: 'farther', siteId: 'Far', siteName: 'Far', rttMs: 90 },
    ])
    await waitABit(one)
    expect(far.socket.inbox.all.some(({ kind }) => kind === 'reserve')).to.equal(false)
    expect((await choose(one.player, one.id, { kind: 'farther', siteId: 'Nowhere' })).code).to.equal(
      'choice-gone',
    )
    const choosing = choose(one.player, one.id, { kind: 'farther', siteId: 'Far' })
    await far.acceptReserve()
    await far.acceptReserve()
    expect((await far.acceptStart()).sessionId).to.equal(one.id)
    const view = sessionView.parse((await choosing).body)
    expect(view).to.deep.include({ siteName: 'Far', wait: null })
    expect((await choose(one.player, one.id, { kind: 'farther', siteId: 'Far' })).status).to.equal(200)
  })

  it('says that all is too far where nothing is within the budget, and waits for more with a lower one', async () => {
    await line.start()
    const far = await line.connect({ seats: 1, status: { siteName: 'Far', seats: seats('busy') } })
    const one = await waiter({ titleId: 'quick', probes: [rtt(far, 90)] })
    const { wait } = one.first
    expect(wait).to.include({ why: 'too-far', position: null, etaMs: null })
    expect(wait?.offers).to.deep.equal([{ kind: 'lower-budget', budgetMs: 140, etaMs: null }])
    await waitABit(one)
    for (const budgetMs of [141, 20])
      expect((await choose(one.player, one.id, { kind: 'lower-budget', budgetMs })).code).to.equal(
        'choice-gone',
      )
    for (const _ of [1, 2])
      expect((await choose(one.player, one.id, { kind: 'lower-budget', budgetMs: 140 })).status).to.equal(200)
    await one.window.view(one.id, ({ wait: now }) => now?.why === 'full' && now.position === 1)
    far.status({ seats: seats('free') })
    await held(far, one)
  })

  it('expects a wait from how long real sessions have lasted', async () => {
    await line.start()
    const node = await line.connect({ seats: 1 })
    const plays = async (): Promise<FakeSession> => {
      const player = await line.player()
      const creating = player.create()
      const session = await node.runSession()
      await creating
      while ((await node.socket.next('seen')).seq !== 4);
      return session
    }
    for (let n = 0; n < 6; n += 1) {
      const { sessionId } = await plays()
      await line.pass(300_000)
      const atMs = line.clock.now()
      node.tell(sessionId, { kind: 'end', reason: 'game-exited', detail: null, atMs })
      node.sessions.delete(sessionId)
      node.status()
      await node.socket.next('seen')
    }
    await plays()
    node.status()
    await line.pass(90_000)
    const one = await waiter()
    expect(one.first.wait?.etaMs).to.be.within(200_000, 220_000)
    // The lengths are in the store: a router that has just started says the same.
    await line.restart()
    const again = line.again(one.player)
    await line.connect({ key: node.key, seats: 1, sessions: node.sessions })
    const window = await line.watch(again, one.id)
    const { wait } = await line.passing(window.view(one.id, ({ wait: now }) => now?.etaMs !== null))
    expect(wait?.etaMs).to.be.within(180_000, 220_000)
  })

  it('ends for a player who leaves, or whose page is gone for longer than the grace', async () => {
    await line.start()
    await fullNode()
    const [one, two, three] = [await waiter(), await waiter(), await waiter()]
    const left = await choose(one.player, one.id, { kind: 'leave' })
    expect(sessionView.parse(left.body).end?.reason).to.equal('queue-left')
    expect((await choose(one.player, one.id, { kind: 'leave' })).status).to.equal(200)
    expect((await choose(one.player, one.id, { kind: 'confirm' })).code).to.equal('session-ended')
    const ended = await two.player.request('DELETE', `/api/sessions/${two.id}`)
    expect(sessionView.parse(ended.body).end?.reason).to.equal('queue-left')
    await three.window.close()
    // Seen by the router before time passes.
    await three.player.request('GET', `/api/sessions/${three.id}`)
    await line.pass(94_000)
    const gone = await line.watch(three.player, three.id)
    expect((await line.passing(gone.view(three.id, isIn('ended')))).end?.reason).to.equal('queue-left')
  })

  it('lets nobody choose for others, or choose what there is not', async () => {
    await line.start()
    await fullNode()
    const one = await waiter()
    const stranger = await line.player()
    expect((await choose(stranger, one.id, { kind: 'leave' })).code).to.equal('not-yours')
    expect((await choose(one.player, one.id, { kind: 'confirm' })).code).to.equal('choice-gone')
    const nonsense = await one.player.request('POST', `/api/sessions/${one.id}/choice`, { kind: 'cut in' })
    expect(nonsense.code).to.equal('bad-request')
    expect((await choose(one.player, 'no-session', { kind: 'leave' })).code).to.equal('session-not-found')
    expect((await stranger.request('POST', '/api/sessions', createBody())).status).to.equal(201)
  })
})
