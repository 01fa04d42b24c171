import { expect } from 'chai'
import type { NodeSession } from '../../../config/protocol/nodeSocket.ts'
import type { FakeNode, FakeSession } from '../support/fakeNode.ts'
import { type LineBed, openLineBed } from './lineBed.ts'

const home = '127.0.0.0/24'
/** One session's weight in the history is three probes'. */
const ofOne = 3

describe('the way of real sessions', () => {
  let line: LineBed & { close(): Promise<void> }
  let node: FakeNode
  let site: string

  before(async function () {
    this.timeout(60_000)
    line = await openLineBed()
  })
  after(() => line.close())
  beforeEach(async () => {
    await line.start({ heartbeatMs: 1e9, nodeLostMs: 1e9 })
    // A site of its own for each test: what is learned outlives the router.
    site = `Site of ${line.clock.now()}`
    node = await line.connect({ seats: 4, status: { siteName: site } })
  })
  afterEach(() => line.end())

  async function play(): Promise<FakeSession> {
    const player = await line.player()
    const creating = player.create()
    const session = await node.runSession()
    await creating
    while ((await node.socket.next('seen')).seq < 4);
    return session
  }
  /** The node's next status tells it of its session, and the router has read that. */
  async function tell(
    { sessionId }: FakeSession,
    distance: Partial<NonNullable<NodeSession['distance']>>,
    change: Partial<NodeSession> = {},
  ): Promise<void> {
    const whole = { address: '127.0.0.1', rttMs: 12, samples: 30, ...distance }
    const sessions = [...node.sessions.values()].map(({ guestId: _guest, ticket: _ticket, ...reported }) =>
      reported.sessionId === sessionId ? { ...reported, distance: whole, ...change } : reported,
    )
    node.status({ sessions })
    const event = { kind: 'end', reason: 'game-exited', detail: null, atMs: 1 } as const
    node.socket.send({ kind: 'session-event', sessionId: 'nobody', fence: 1, seq: 1, event })
    while ((await node.socket.next('seen')).sessionId !== 'nobody');
  }
  /** Round trips and their weight, as they are stored when the router stops. */
  async function learned(prefix = home): Promise<{ weight: number; lastMs: number | undefined }> {
    await line.router.close()
    const rows = await line.bed.store.history.of(prefix)
    const own = rows.find(({ siteId }) => siteId === site)?.quantiles
    const weight = Object.values(own?.buckets ?? {}).reduce((sum, one) => sum + one, 0)
    return { weight, lastMs: own?.lastMs }
  }

  it('is learned for the network of the player, as the node measures it', async () => {
    await tell(await play(), { rttMs: 17.5 })
    expect(await learned()).to.deep.equal({ weight: ofOne, lastMs: 17.5 })
  })

  it('is not learned over a relay, which has another address than the player’s page', async () => {
    await tell(await play(), { address: '203.0.113.9' })
    expect((await learned()).weight).to.equal(0)
    expect(await line.bed.store.history.of('203.0.113.0/24')).to.deep.equal([])
  })

  it('is not learned from a few answers, nor of a lease that the session does not have', async () => {
    const session = await play()
    await tell(session, { samples: 29 })
    await tell(session, {}, { leaseId: 'another' })
    expect((await learned()).weight).to.equal(0)
  })

  it('counts once an hour for one subscriber, whatever their sessions say', async () => {
    const [one, two] = [await play(), await play()]
    for (let rttMs = 1; rttMs < 9; rttMs += 1) await tell(one, { rttMs })
    await tell(two, { rttMs: 90 })
    line.clock.pass(3_599_000)
    await tell(two, { rttMs: 91 })
    line.clock.pass(1_000)
    await tell(two, { rttMs: 92 })
    const { weight, lastMs } = await learned()
    expect(weight).to.be.closeTo(2 * ofOne, 0.1)
    expect(lastMs).to.equal(92)
  })
})
