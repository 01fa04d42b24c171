import { expect } from 'chai'
import { placementReport, type PlacementReport } from '../../../config/protocol/placement.ts'
import type { FakeNode } from '../support/fakeNode.ts'
import { choose, isIn, type LineBed, openLineBed, seats } from './lineBed.ts'

const probe = (node: FakeNode, rttMs: number) => ({
  nodeId: node.key.nodeId,
  rttMs,
  jitterMs: 0,
  samples: 3,
  via: 'stun' as const,
})

describe('seats that others will need more', () => {
  let line: LineBed & { close(): Promise<void> }

  before(async function () {
    this.timeout(60_000)
    line = await openLineBed()
  })
  after(() => line.close())
  afterEach(() => line.end())

  it('are kept, a minute after many have asked, from who has another site nearly as near', async () => {
    await line.start()
    const all = (state: 'busy' | 'free') => seats(...Array.from({ length: 20 }, () => state))
    const full = [...all('busy'), ...all('busy')].map((seat, seatId) => ({ ...seat, seatId }))
    const half = full.map((seat) => (seat.seatId < 20 ? seat : { ...seat, state: 'free' as const }))
    const near = await line.connect({ status: { siteName: 'Near', seats: full } })
    const far = await line.connect({ status: { siteName: 'Far', seats: full } })
    const ways = (farMs: number) => ({ probes: [probe(near, 10), probe(far, farMs)] })
    const flexible = ways(16)
    const bound = ways(90)

    for (let asking = 0; asking < 30; asking++) {
      const player = await line.player()
      const { id } = await player.create(asking % 2 === 0 ? flexible : bound)
      const window = await line.watch(player, id)
      await window.view(id, isIn('waiting'))
      await choose(player, id, { kind: 'leave' })
      await window.close()
    }
    for (const node of [near, far]) node.status({ seats: half })

    /** Somebody asks and gets a seat of this node. */
    async function plays(probes: typeof flexible, node: FakeNode): Promise<PlacementReport> {
      const player = await line.player()
      const creating = player.create(probes)
      await node.runSession()
      const { id } = await creating
      return placementReport.parse((await player.request('GET', `/api/sessions/${id}/placement`)).body)
    }
    expect((await plays(flexible, near)).inWords).to.equal('Near: 10 ms.')
    line.clock.pass(60_000)
    await new Promise((resolve) => setImmediate(resolve))
    expect((await plays(flexible, far)).inWords).to.equal(
      'Far: 16 ms; Near was nearer but keeps seats for players who have nowhere else to go.',
    )
    const { candidates } = await plays(bound, near)
    expect(candidates[0]?.terms['load']).to.be.above(20)
  })
})
