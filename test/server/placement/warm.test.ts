import { expect } from 'chai'
import fc from 'fast-check'
import { unitHash } from '../../../server/placement/hash.ts'
import {
  type BusyNode,
  keepReady,
  loadBound,
  type TitleDemand,
  titleOrder,
  type WarmNode,
  warmNode,
} from '../../../server/placement/warm.ts'

const nodesOf = (count: number, seats = 4): WarmNode[] =>
  Array.from({ length: count }, (_, index) => ({ nodeId: `node-${index}`, seats }))
const idle = (count: number): BusyNode[] => nodesOf(count).map((node) => ({ ...node, taken: 0 }))
const titlesOf = (count: number, sessions = 1): TitleDemand[] =>
  Array.from({ length: count }, (_, index) => ({ titleId: `title-${index}`, sessions }))
const pairs = (kept: ReadonlyMap<string, readonly string[]>): Set<string> =>
  new Set([...kept].flatMap(([nodeId, titles]) => titles.map((title) => `${title} on ${nodeId}`)))
const gone = (before: ReadonlySet<string>, after: ReadonlySet<string>): number =>
  [...before].filter((pair) => !after.has(pair)).length

describe('hashes', () => {
  it('spread evenly, keep parts apart, and are the same on every machine', () => {
    const draws = Array.from({ length: 10_000 }, (_, index) => unitHash('title', `node-${index}`))
    for (const tenth of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const within = draws.filter((draw) => Math.floor(draw * 10) === tenth).length
      expect(within).to.be.within(900, 1100)
    }
    expect(unitHash('ab', 'c')).not.to.equal(unitHash('a', 'bc'))
    expect(unitHash('a', 'b')).to.be.closeTo(0, 1)
  })
})

describe("a title's order of nodes", () => {
  it('keeps the order of the others when a node comes or goes', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), fc.nat(29), (title, count, leaves) => {
        const ids = titleOrder(title, nodesOf(count)).map(({ nodeId }) => nodeId)
        const without = nodesOf(count).filter((_, index) => index !== leaves)
        expect(titleOrder(title, without).map(({ nodeId }) => nodeId)).to.deep.equal(
          ids.filter((id) => id !== `node-${leaves}`),
        )
      }),
    )
  })

  it('begins with a node as often as it has seats', () => {
    const nodes = [...nodesOf(3, 2), { nodeId: 'big', seats: 6 }]
    const firsts = titlesOf(6000).map(({ titleId }) => titleOrder(titleId, nodes)[0]?.nodeId)
    expect(firsts.filter((id) => id === 'big').length).to.be.within(2850, 3150)
  })
})

describe("the node for a title's next session", () => {
  it('never has more than its share by the bound, and there is one as long as a seat is free', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(5), { maxLength: 60 }),
        fc.constantFrom(1.05, loadBound, 2),
        (seats, titles, bound) => {
          const nodes = seats.map((count, index) => ({ nodeId: `n${index}`, seats: count, taken: 0 }))
          const all = seats.reduce((sum, count) => sum + count, 0)
          for (const [before, title] of titles.entries()) {
            const node = warmNode(`t${title}`, nodes, bound)
            expect(node === null).to.equal(before >= all)
            if (node === null) return
            node.taken++
            expect(node.taken).to.be.at.most(node.seats)
            expect(node.taken).to.be.at.most(Math.ceil((bound * (before + 1) * node.seats) / all))
          }
        },
      ),
    )
  })

  it('is the same one for the same title while that has room', () => {
    const nodes = idle(10)
    const first = warmNode('title', nodes)
    expect(warmNode('title', nodes.toReversed())).to.equal(first)
    const busier = nodes.map((node) => ({ ...node, taken: node.nodeId === first?.nodeId ? 0 : 1 }))
    expect(warmNode('title', busier)?.nodeId).to.equal(first?.nodeId)
  })
})

describe('titles that nodes keep ready', () => {
  it('are each on a node for every node-full of sessions, and on no node more than its share', () => {
    const demand = fc.array(fc.nat(30), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(demand, fc.integer({ min: 1, max: 15 }), (sessions, count) => {
        const titles = sessions.map((one, index) => ({ titleId: `t${index}`, sessions: one }))
        const kept = [...keepReady(titles, nodesOf(count)).values()]
        const copies = titles.map(({ sessions: one }) => Math.min(count, Math.max(1, Math.ceil(one / 4))))
        const all = copies.reduce((sum, one) => sum + one, 0)
        for (const list of kept) {
          expect(list.length).to.be.at.most(Math.ceil((loadBound * all) / count))
          expect(new Set(list).size).to.equal(list.length)
        }
        for (const [index, wanted] of copies.entries()) {
          const held = kept.filter((list) => list.includes(`t${index}`)).length
          expect(held).to.be.within(1, wanted)
        }
      }),
    )
  })

  it('do not depend on the order of titles or nodes', () => {
    const titles = titlesOf(50, 7)
    expect(keepReady(titles.toReversed(), nodesOf(9).toReversed())).to.deep.equal(
      keepReady(titles, nodesOf(9)),
    )
  })

  for (const count of [8, 20, 50]) {
    it(`hardly move when one of ${count} nodes goes or comes`, () => {
      const titles = titlesOf(count * 20)
      const nodes = nodesOf(count)
      const before = pairs(keepReady(titles, nodes))
      const shares = nodes.slice(0, 8).map(({ nodeId }) => {
        const rest = nodes.filter((node) => node.nodeId !== nodeId)
        return gone(before, pairs(keepReady(titles, rest))) / before.size
      })
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
      // What was on the node must move; the bound pushes some more around.
      expect(mean).to.be.within(0.9 / count, 2 / count)
    })
  }
})
