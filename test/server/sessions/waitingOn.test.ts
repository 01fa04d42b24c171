import { expect } from 'chai'
import { type SessionView, sessionView } from '../../../config/protocol/api.ts'
import type { PlacementReport } from '../../../config/protocol/placement.ts'
import { rememberedProspect } from '../../../server/sessions/remembered.ts'
import type { FakeNode } from '../support/fakeNode.ts'
import type { FakePlayer } from '../support/fakePlayer.ts'
import { isIn, type LineBed, openLineBed } from './lineBed.ts'

const minute = 60_000

describe('somebody in line when the router is restarted', () => {
  let line: LineBed & { close(): Promise<void> }
  let node: FakeNode
  let player: FakePlayer

  before(async function () {
    this.timeout(60_000)
    line = await openLineBed()
  })
  after(() => line.close())
  beforeEach(async () => {
    await line.start({ heartbeatMs: 1e9, nodeLostMs: 1e9 })
    node = await line.connect({ seats: 1 })
    player = await line.player()
  })
  afterEach(() => line.end())

  async function play(): Promise<string> {
    const other = await line.player()
    const creating = other.create()
    const { sessionId } = await node.runSession()
    await creating
    return sessionId
  }
  function over(sessionId: string): void {
    node.tell(sessionId, { kind: 'end', reason: 'game-exited', detail: null, atMs: line.clock.now() })
    node.sessions.delete(sessionId)
    node.status()
  }
  const seen = async (sessionId: string, as: FakePlayer): Promise<SessionView['wait']> =>
    sessionView.parse((await as.request('GET', `/api/sessions/${sessionId}`)).body).wait
  async function waiter(): Promise<string> {
    const { id } = await player.create()
    const window = await line.watch(player, id)
    await window.view(id, isIn('waiting'))
    return id
  }
  const stored = async (): Promise<readonly string[]> => [...(await line.bed.store.waits.all()).values()]

  it('sees place and expected wait at once, before any node is back, and after', async () => {
    for (let played = 0; played < 6; played += 1) {
      const sessionId = await play()
      line.clock.pass(10 * minute)
      over(sessionId)
      while ((await node.socket.next('seen')).seq < 5);
    }
    await play()
    node.status()
    const id = await waiter()
    const before = await seen(id, player)
    expect(before).to.include({ position: 1, length: 1 })
    expect(before?.etaMs).to.be.within(minute, 11 * minute)
    await line.restart({ heartbeatMs: 1e9, nodeLostMs: 1e9 })
    const again = line.again(player)
    expect(await seen(id, again)).to.deep.equal({ ...before, offers: [{ kind: 'queue' }] })
    line.clock.pass(20_000)
    expect((await seen(id, again))?.position).to.equal(1)
    const back = await line.connect({ key: node.key, seats: 1, sessions: node.sessions })
    // The answer to its first status: the router knows it again.
    await back.socket.next('renew')
    line.clock.pass(20_000)
    const after = await seen(id, again)
    expect(after).to.include({ position: 1, length: 1 })
    expect(after?.etaMs).to.be.within(minute, 11 * minute)
  })

  it('is offered seats by what was learned of their network, which is kept only while they wait', async () => {
    const probe = { nodeId: node.key.nodeId, rttMs: 21, jitterMs: 1, samples: 3, via: 'stun' as const }
    expect((await player.request('POST', '/api/probes', { results: [probe] })).status).to.equal(200)
    const playing = await play()
    node.status()
    const id = await waiter()
    expect(await stored()).to.deep.equal(['127.0.0.0/24'])
    await line.restart({ heartbeatMs: 1e9, nodeLostMs: 1e9 })
    const window = await line.watch(line.again(player), id)
    node = await line.connect({ key: node.key, seats: 1, sessions: node.sessions })
    await line.pass(12_000, window)
    over(playing)
    await line.passing(node.acceptReserve())
    await line.passing(window.view(id, isIn('held')))
    const answer = await line.again(player).request('GET', `/api/sessions/${id}/placement`)
    const [candidate] = (answer.body as PlacementReport).candidates
    expect(candidate).to.include({ rttSource: 'history' })
    expect(candidate?.rttMs).to.be.closeTo(21, 1)
    await line.again(player).request('DELETE', `/api/sessions/${id}`)
    await window.view(id, isIn('ended'))
    await line.again(player).request('GET', '/api/me')
    expect(await stored()).to.deep.equal([])
  })
})

describe('what is remembered of a wait', () => {
  const candidate = (siteId: string, ruledOut: PlacementReport['candidates'][number]['ruledOut']) => ({
    nodeId: `node of ${siteId}`,
    siteId,
    siteName: siteId,
    rttMs: 10,
    rttSource: 'probe' as const,
    distanceKm: null,
    seatsFree: 0,
    terms: { network: 10 },
    scoreMs: null,
    ruledOut,
  })

  it('is which seats would do, and no offer that may not stand any more', () => {
    const report: PlacementReport = {
      sessionId: 's',
      decidedAtMs: 0,
      chosenNodeId: null,
      inWords: '',
      candidates: [
        candidate('Near', 'no-seat'),
        candidate('Far', 'too-far'),
        candidate('Other', 'codec-missing'),
      ],
    }
    const known = rememberedProspect(report)
    expect(known).to.deep.include({ why: 'full', farther: [], widerBudgetMs: null })
    expect([...(known?.reach ?? [])]).to.deep.equal(['Near'])
    expect(rememberedProspect(null)).to.equal(null)
  })
})
