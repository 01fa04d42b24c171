import { expect } from 'chai'
import type { SessionEvent } from '../../../config/protocol/session.ts'
import { createKeeper, type Keeper } from '../../../server/sessions/keeper.ts'
import type { LiveSession } from '../../../server/sessions/live.ts'
import { createNodeSide } from '../../../server/sessions/nodeSide.ts'
import { createMemoryStore } from '../leases/memoryStore.ts'
import { createManualClock } from '../support/manualClock.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

describe('what a node says', () => {
  let keeper: Keeper
  /** Sessions that were looked at, by a node's status or its loss. */
  let looked: string[]
  let side: ReturnType<typeof createNodeSide>
  let open: () => Promise<LiveSession>
  let made: number

  beforeEach(() => {
    looked = []
    made = 0
    const { store } = createMemoryStore()
    const context = {
      store,
      clock: createManualClock(),
      catalogue: { of: () => null },
      fleet: { send: () => true },
      quality: { record: () => {} },
      count: { ended: () => {} },
      log: quiet,
      settings: { graceMs: 1, startTimeoutMs: 1, confirmMs: 1 },
    } as never
    const real = createKeeper(context, () => null)
    keeper = {
      ...real,
      all: () => {
        throw new Error('every session was looked at')
      },
      async background(live) {
        looked.push(live.row.id)
      },
    }
    side = createNodeSide(context, keeper, { serving: { soon: () => {} } } as never)
    open = async () => {
      made += 1
      const id = `s${made}`
      const creation = await store.sessions.create({ id, guestId: id, request: {} } as never, 9)
      if (creation.kind !== 'created') throw new Error(creation.kind)
      return real.adopt(creation.session)
    }
  })
  afterEach(() => keeper.close())

  async function on(nodeId: string): Promise<LiveSession> {
    const live = await open()
    const { id } = live.row
    const reserved: SessionEvent = { kind: 'reserve', leaseId: id, fence: made }
    await keeper.advanceBy(live, [{ kind: 'place', nodeId }, reserved], null)
    return live
  }
  const status = (nodeId: string): string[] => {
    looked = []
    side.onStatus(nodeId, { kind: 'status', seq: 1, sessions: [] } as never, false)
    return looked
  }

  it('makes the router look at the sessions of that node alone, through all their moves', async () => {
    const [moves, stays, ends] = [await on('a'), await on('a'), await on('b')]
    expect(status('a')).to.deep.equal([moves.row.id, stays.row.id])
    await keeper.advance(moves, { kind: 'lose', nodeId: 'a', begun: false, atMs: 1, saved: false })
    expect(status('a')).to.deep.equal([stays.row.id])
    const again: SessionEvent = { kind: 'reserve', leaseId: 'again', fence: 9 }
    await keeper.advanceBy(moves, [{ kind: 'place', nodeId: 'b' }, again], null)
    expect(status('b')).to.deep.equal([ends.row.id, moves.row.id])
    await keeper.end(ends, 'player-ended', null)
    expect(status('b')).to.deep.equal([moves.row.id])
    looked = []
    side.onLost('a')
    expect(looked).to.deep.equal([stays.row.id])
    expect(keeper.on('c')).to.deep.equal([])
  })
})
