import { expect } from 'chai'
import fc from 'fast-check'
import { canaryFault } from '../../../server/publishing/canary.ts'
import type { Outcome } from '../../../server/store/publishingStore.ts'

const canary = { version: '2', percent: 10 }
let players = 0
/** Of another player and network each time, on one of two nodes. */
const of = (version: string, what: 'fine' | 'crash' | 'no-start' | 'node-lost' | 'node-failed'): Outcome => ({
  version,
  playerId: `player ${(players += 1)}`,
  network: `network ${players}`,
  nodeId: players % 2 === 0 ? 'porto' : 'ulm',
  channel: version === '2' ? 'canary' : 'live',
  playAtMs: what === 'no-start' || what === 'node-failed' ? null : 1,
  reason: (
    {
      fine: 'player-ended',
      crash: 'game-crashed',
      'no-start': 'start-failed',
      'node-lost': 'edge-gone',
      'node-failed': 'node-failed',
    } as const
  )[what],
})
const many = (count: number, ...[version, what]: Parameters<typeof of>): Outcome[] =>
  Array.from({ length: count }, () => of(version, what))

/** The same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
function sessions(count: number, rates: { canary: number; live: number }, random: () => number): Outcome[] {
  return Array.from({ length: count }, () => {
    const version = random() < canary.percent / 100 ? '2' : '1'
    return of(version, random() < (version === '2' ? rates.canary : rates.live) ? 'crash' : 'fine')
  })
}

describe('a canary', () => {
  const cases: readonly [string, readonly Outcome[], string | null][] = [
    ['stays while nothing has happened', [], null],
    ['stays while both are fine', [...many(500, '1', 'fine'), ...many(50, '2', 'fine')], null],
    ['stays after one crash', [...many(90, '1', 'fine'), of('2', 'crash')], null],
    [
      'goes when it crashes each time and the live version does not',
      [...many(90, '1', 'fine'), ...many(10, '2', 'crash')],
      'of its 4 sessions crashed',
    ],
    [
      'goes when it does not even start',
      [...many(90, '1', 'fine'), ...many(10, '2', 'no-start')],
      'failed to start, of 90 with the live version 0',
    ],
    [
      'stays when the live version crashes as often',
      [...Array(20).keys()].flatMap(() => [...many(9, '1', 'crash'), of('2', 'crash')]),
      null,
    ],
    ['stays when nodes are lost', [...many(90, '1', 'fine'), ...many(30, '2', 'node-lost')], null],
    ['stays when nodes fail', [...many(90, '1', 'fine'), ...many(30, '2', 'node-failed')], null],
    [
      'is not judged by those who test what is staged',
      [
        ...many(90, '1', 'fine'),
        ...many(30, '2', 'crash').map((one) => ({ ...one, channel: 'staging' as const })),
      ],
      null,
    ],
  ]
  const alike = (outcomes: Outcome[], same: Partial<Outcome>): Outcome[] =>
    outcomes.map((one) => ({ ...one, ...same }))
  const alone: readonly [string, readonly Outcome[], string | null][] = [
    [
      'stays when one player crashes it again and again',
      [...many(200, '1', 'fine'), ...alike(many(50, '2', 'crash'), { playerId: 'eve' })],
      null,
    ],
    [
      'stays when guests crash it from one network, however many they are',
      [...many(200, '1', 'fine'), ...alike(many(50, '2', 'crash'), { network: 'eve' })],
      null,
    ],
    [
      'stays when it fails for one party, on one node',
      [...many(200, '1', 'fine'), ...alike(many(8, '2', 'no-start'), { nodeId: 'ulm' })],
      null,
    ],
    [
      'stays when one node alone cannot start it',
      [
        ...many(200, '1', 'fine'),
        ...alike(many(20, '2', 'fine'), { nodeId: 'porto' }),
        ...alike(many(50, '2', 'no-start'), { nodeId: 'ulm' }),
      ],
      null,
    ],
    [
      'goes when it fails for more than a party, where one node has it',
      alike([...many(200, '1', 'fine'), ...many(9, '2', 'no-start')], { nodeId: 'ulm' }),
      '9 of its 9 sessions failed to start',
    ],
    [
      'goes for players whose networks nobody knows',
      [...many(200, '1', 'fine'), ...alike(many(9, '2', 'crash'), { network: null })],
      'of its 3 sessions crashed',
    ],
  ]
  for (const [promise, outcomes, expected] of [...cases, ...alone])
    it(promise, () => {
      const fault = canaryFault(outcomes, canary)
      if (expected === null) expect(fault).equals(null)
      else expect(fault).to.include(expected)
    })

  it('that is as good as the live version is hardly ever taken back, however often one looks', () => {
    const random = randomOf(7)
    let taken = 0
    for (let round = 0; round < 300; round++)
      if (canaryFault(sessions(2000, { canary: 0.03, live: 0.03 }, random), canary) !== null) taken += 1
    // The promise is one in a hundred; three in a hundred is five standard deviations above it.
    expect(taken / 300).to.be.at.most(0.03)
  })

  it('that crashes five times as often is taken back within some hundred of its sessions', () => {
    const random = randomOf(11)
    let taken = 0
    for (let round = 0; round < 100; round++)
      if (canaryFault(sessions(3000, { canary: 0.1, live: 0.02 }, random), canary) !== null) taken += 1
    expect(taken).to.be.at.least(95)
  })

  it('is never taken back for what the live version does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 300 }), (drawn) => {
        const outcomes = drawn.map(([isCanary, isCrash]) =>
          isCanary ? of('2', 'fine') : of('1', isCrash ? 'crash' : 'fine'),
        )
        expect(canaryFault(outcomes, canary)).equals(null)
      }),
    )
  })
})
