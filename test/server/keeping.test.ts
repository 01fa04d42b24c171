import { expect } from 'chai'
import fc from 'fast-check'
import { mostKept, type ToNode } from '../../config/protocol/nodeSocket.ts'
import { startKeeping } from '../../server/fleet/keeping.ts'
import { type KeepNode, keepPlan } from '../../server/fleet/keepPlan.ts'
import { openLog } from '../../server/log.ts'
import { createManualClock } from './support/manualClock.ts'
import { nodeOf } from './support/nodes.ts'
import { expectCleanClose, openSlowBed } from './support/slowBed.ts'
import { isIn, type LineBed, openLineBed } from './sessions/lineBed.ts'

const withTitles = (nodeId: string, titles: readonly string[], seats = 4): KeepNode =>
  nodeOf(nodeId, {
    siteName: 'One',
    siteId: 'One',
    seats,
    titles: titles.map((id) => ({ id, version: '1.0.0' })),
  })
const many = Array.from({ length: 40 }, (_, index) => `title-${index}`)

describe('what the nodes of a site keep ready', () => {
  it('are only titles that they have, the most wanted first, each on as many nodes as its sessions fill', () => {
    fc.assert(
      fc.property(
        fc.array(fc.subarray(many), { minLength: 1, maxLength: 10 }),
        fc.array(fc.nat(20), { minLength: 40, maxLength: 40 }),
        (owned, sessions) => {
          const demand = new Map(many.map((titleId, index) => [titleId, sessions[index] ?? 0]))
          const nodes = owned.map((titles, index) => withTitles(`n${index}`, titles))
          const plan = keepPlan(nodes, demand)
          for (const [index, titles] of owned.entries()) {
            const kept = plan.get(`n${index}`) ?? []
            expect(titles).to.include.members([...kept])
            const wishes = kept.map((titleId) => demand.get(titleId) ?? 0)
            expect(wishes).to.deep.equal(wishes.toSorted((a, b) => b - a))
          }
          for (const titleId of many) {
            const having = owned.filter((titles) => titles.includes(titleId)).length
            const keeping = [...plan.values()].filter((kept) => kept.includes(titleId)).length
            if (having > 0) expect(keeping, titleId).to.be.at.least(1)
          }
        },
      ),
    )
  })

  it('are no more than a message takes, and then the most wanted ones', () => {
    const titles = Array.from({ length: 300 }, (_, index) => `title-${index}`)
    const demand = new Map(titles.map((titleId, index) => [titleId, index]))
    const kept = keepPlan([withTitles('n', titles)], demand).get('n')
    expect(kept).to.deep.equal(titles.toReversed().slice(0, mostKept))
  })

  it('hardly change on the others when one of them goes', () => {
    const nodes = Array.from({ length: 10 }, (_, index) => withTitles(`n${index}`, many))
    const demand = new Map(many.map((titleId, index) => [titleId, 40 / (index + 1)]))
    const before = keepPlan(nodes, demand)
    const changes = nodes.map(({ nodeId: gone }) => {
      const after = keepPlan(
        nodes.filter(({ nodeId }) => nodeId !== gone),
        demand,
      )
      return [...after].flatMap(([nodeId, kept]) =>
        (before.get(nodeId) ?? []).filter((titleId) => !kept.includes(titleId)),
      ).length
    })
    const all = [...before.values()].reduce((sum, kept) => sum + kept.length, 0)
    expect(changes.reduce((sum, change) => sum + change, 0) / changes.length / all).to.be.below(0.1)
  })
})

describe('telling nodes what to keep ready', () => {
  it('tells those who do not say that they do, again and again, and no others', async () => {
    const clock = createManualClock()
    const sent: [string, ToNode][] = []
    const nodes = [withTitles('a', ['x']), { ...withTitles('b', ['x', 'y']), ready: ['y', 'x'] }]
    const keeping = startKeeping({
      fleet: {
        index: { all: () => nodes },
        send: (nodeId, message) => sent.push([nodeId, message]) > 0,
      },
      expected: () => new Map(),
      clock,
      log: openLog('silent'),
      rest: () => expect.fail('time stands still'),
    })
    clock.pass(1_000)
    expect(sent).to.deep.equal([['a', { kind: 'keep', titleIds: ['x'] }]])
    clock.pass(29_000)
    expect(sent).to.have.length(1)
    clock.pass(2_000)
    expect(sent).to.have.length(2)
    await keeping.close()
    clock.pass(60_000)
    expect(sent).to.have.length(2)
  })

  it('rests after a few sites, comes round to all of them, and ends its work when it is closed', async () => {
    const bed = openSlowBed()
    const nodes = Array.from({ length: 300 }, (_, n) => ({
      ...withTitles(`n${n}`, ['x']),
      siteId: `site-${n}`,
    }))
    const keeping = startKeeping({
      fleet: { index: { all: () => nodes }, send: (nodeId) => bed.did(nodeId) },
      expected: () => new Map(),
      clock: bed.clock,
      log: openLog('silent'),
      rest: bed.rest,
    })
    for (let second = 0; second < 30; second++) {
      bed.clock.pass(1_000)
      await bed.run()
    }
    expect(new Set(bed.done).size).to.equal(300)
    expect(bed.mostAtOnce()).to.be.at.most(3)

    bed.clock.pass(1_000)
    await expectCleanClose(bed, () => keeping.close())
  })

  it('goes on after a round that failed', async () => {
    const clock = createManualClock()
    const sent: string[] = []
    let isBroken = true
    const keeping = startKeeping({
      fleet: { index: { all: () => [withTitles('a', ['x'])] }, send: (nodeId) => sent.push(nodeId) > 0 },
      expected() {
        if (isBroken) throw new Error('no demand')
        return new Map()
      },
      clock,
      log: openLog('silent'),
      rest: () => expect.fail('time stands still'),
    })
    clock.pass(1_000)
    isBroken = false
    clock.pass(60_000)
    expect(sent).to.not.be.empty
    await keeping.close()
  })

  describe('over real sockets', () => {
    let line: LineBed & { close(): Promise<void> }
    before(async function () {
      this.timeout(60_000)
      line = await openLineBed()
    })
    after(() => line.close())
    afterEach(() => line.end())

    const titles = ['game', 'quick'].map((id) => ({ id, version: '1.0.0' }))

    it('reaches a node, and again after a restart of the router or of the node', async () => {
      await line.start()
      const node = await line.connect({ status: { titles } })
      const told = line.passing(node.socket.next('keep'))
      expect((await told).titleIds).to.have.members(['game', 'quick'])
      await line.restart()
      const back = await line.connect({ key: node.key, status: { titles } })
      expect((await line.passing(back.socket.next('keep'))).titleIds).to.have.length(2)
      await back.close()
      const anew = await line.connect({ key: node.key, status: { titles } })
      expect((await line.passing(anew.socket.next('keep'))).titleIds).to.have.length(2)
    })

    it('leads players to the node of a site that keeps their title ready', async () => {
      await line.start()
      const ready = [['quick'], ['game'], ['quick']]
      const nodes = []
      for (const one of ready) nodes.push(await line.connect({ status: { titles, ready: one } }))
      const player = await line.player()
      const creating = player.create()
      const session = await nodes[1]?.runSession()
      const { id } = await creating
      expect(session?.sessionId).to.equal(id)
      const report = (await player.request('GET', `/api/sessions/${id}/placement`)).body as {
        candidates: { nodeId: string; terms: Record<string, number> }[]
      }
      for (const { nodeId, terms } of report.candidates)
        expect(terms['warm']).to.equal(nodeId === nodes[1]?.key.nodeId ? -2 : 0)
      const window = await line.watch(player, id)
      await window.view(id, isIn('playing'))
    })
  })
})
