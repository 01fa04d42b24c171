import { expect } from 'chai'
import { chooseHome, type HolderState } from '../../../server/saves/chooseHome.ts'
import type { SaveHome } from '../../../server/store/savesStore.ts'

const home = (slot: number, sessionId: string, change: Partial<SaveHome> = {}): SaveHome => ({
  guestId: 'g',
  titleId: 't',
  slot,
  sessionId,
  nodeId: 'n',
  leaseId: 'l',
  term: slot * 10,
  closed: false,
  version: 1,
  leftBehind: false,
  ...change,
})

describe('which home a session gets', () => {
  const lease = { sessionId: 'mine', nodeId: 'n', leaseId: 'l' }
  const choose = (homes: readonly SaveHome[], states: Record<string, HolderState> = {}) =>
    chooseHome(homes, lease, ({ sessionId }) => states[sessionId] ?? 'over')

  const table: readonly [string, readonly SaveHome[], Record<string, HolderState>, object][] = [
    ['the first, where there is none', [], {}, { kind: 'take', slot: 1, seen: 0 }],
    ['the one of before', [home(1, 'a')], {}, { kind: 'take', slot: 1, seen: 10 }],
    ['the next, beside a live session', [home(1, 'a')], { a: 'live' }, { kind: 'take', slot: 2, seen: 0 }],
    [
      'the lowest that no live session has',
      [home(1, 'a'), home(2, 'b'), home(3, 'c')],
      { a: 'live', c: 'live' },
      { kind: 'take', slot: 2, seen: 20 },
    ],
    ['none while the last saves are on their way', [home(1, 'a')], { a: 'settling' }, { kind: 'wait' }],
    [
      'one that was closed, at once',
      [home(1, 'a', { closed: true })],
      { a: 'live' },
      { kind: 'take', slot: 1, seen: 10 },
    ],
    [
      'its own with another lease, over a lower one',
      [home(1, 'a'), home(2, 'mine', { leaseId: 'x' })],
      {},
      { kind: 'take', slot: 2, seen: 20 },
    ],
    [
      'its own from another node',
      [home(1, 'mine', { nodeId: 'x' })],
      { mine: 'live' },
      { kind: 'take', slot: 1, seen: 10 },
    ],
  ]
  for (const [what, homes, states, expected] of table)
    it(`is ${what}`, () => expect(choose(homes, states)).to.deep.equal(expected))

  it('is the same when it asks again', () => {
    const own = home(2, 'mine')
    expect(choose([home(1, 'a'), own])).to.deep.equal({ kind: 'has', home: own })
  })
})
