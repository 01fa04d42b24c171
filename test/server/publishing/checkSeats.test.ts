import { expect } from 'chai'
import { type CheckSeatsAsk, type CheckWish, seatsForChecks } from '../../../server/publishing/checkSeats.ts'
import { nodeOf } from '../support/nodes.ts'

const wish = (titleId: string, orgId = titleId, sinceMs = 0): CheckWish => ({
  ...{ titleId, orgId, sinceMs, ownNodes: new Set(['theirs']) },
  version: '1.0.0',
})
const titles = ['a', 'b', 'c'].map((id) => ({ id, version: '1.0.0' }))
const node = (nodeId: string, siteId: string, rest: Parameters<typeof nodeOf>[1] = {}) =>
  nodeOf(nodeId, { siteId, titles, seatsFree: 8, ...rest })

describe('where checks may run', () => {
  const placed = (ask: Partial<CheckSeatsAsk<CheckWish>>): readonly string[] =>
    seatsForChecks({ waiting: [], running: [], nodes: [], playersWait: false, nowMs: 0, ...ask }).map(
      (one) => `${one.wish.titleId} on ${one.node.nodeId}`,
    )

  const cases: readonly [string, Partial<CheckSeatsAsk<CheckWish>>, readonly string[]][] = [
    [
      'is one of an organisation at a time, the one that has waited longest',
      { waiting: [wish('a', 'org', 2), wish('b', 'org', 1)], nodes: [node('n', 's')] },
      ['b on n'],
    ],
    [
      'counts those that run already',
      { waiting: [wish('a', 'org')], running: [{ orgId: 'org', siteId: 'far' }], nodes: [node('n', 's')] },
      [],
    ],
    [
      'is two at a site, and another site for the next',
      { waiting: [wish('a'), wish('b'), wish('c')], nodes: [node('n', 's'), node('m', 't')] },
      ['a on n', 'b on n', 'c on m'],
    ],
    [
      'gives no seat twice',
      {
        waiting: [wish('a'), wish('b')],
        nodes: [node('n', 's', { seatsFree: 1 }), node('m', 's', { seatsFree: 1 })],
      },
      ['a on n', 'b on m'],
    ],
    [
      'leaves a site its last free seat while players wait',
      { waiting: [wish('a')], nodes: [node('n', 's', { seatsFree: 1 })], playersWait: true },
      [],
    ],
    [
      'takes one of two then, whichever node has the other',
      {
        waiting: [wish('a'), wish('b')],
        nodes: [node('n', 's', { seatsFree: 1 }), node('m', 's', { seatsFree: 1, titles: [] })],
        playersWait: true,
      },
      ['a on n'],
    ],
    [
      'is a node of the network’s own before any other',
      { waiting: [wish('a')], nodes: [node('n', 's'), node('own', 't', { trust: 'operator' })] },
      ['a on own'],
    ],
    [
      'waits for one of these to have a seat',
      {
        waiting: [wish('a')],
        nodes: [node('n', 's'), node('own', 't', { trust: 'operator', seatsFree: 0 })],
        nowMs: 60_000,
      },
      [],
    ],
    [
      'does not wait for ever',
      {
        waiting: [wish('a')],
        nodes: [node('n', 's'), node('own', 't', { trust: 'operator', seatsFree: 0 })],
        nowMs: 180_000,
      },
      ['a on n'],
    ],
    [
      'is no node of the publisher’s own where another has the version',
      { waiting: [wish('a')], nodes: [node('theirs', 's', { trust: 'operator' }), node('n', 't')] },
      ['a on n'],
    ],
    [
      'waits for another to get it',
      { waiting: [wish('a')], nodes: [node('theirs', 's'), node('n', 't', { titles: [] })] },
      [],
    ],
    [
      'is one of theirs once no other has come to it, or none is there',
      {
        waiting: [wish('a'), wish('b', 'b', 200_000)],
        nodes: [node('theirs', 's'), node('n', 't', { titles: [] })],
        nowMs: 200_000,
      },
      ['a on theirs'],
    ],
    [
      'is one of theirs where there are no others',
      { waiting: [wish('a')], nodes: [node('theirs', 's')] },
      ['a on theirs'],
    ],
    [
      'is no node that stops, or has another version',
      {
        waiting: [wish('a')],
        nodes: [
          node('n', 's', { draining: true }),
          node('m', 's', { titles: [{ id: 'a', version: '0.9.0' }] }),
        ],
      },
      [],
    ],
  ]
  for (const [promise, ask, expected] of cases) it(promise, () => expect(placed(ask)).to.deep.equal(expected))
})
