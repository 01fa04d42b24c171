import { expect } from 'chai'
import { openBook } from '../../server/operator/book.ts'
import { count, emptyTally, type NetworkFacts } from '../../server/operator/facts.ts'
import { keptFor } from '../../server/operator/kept.ts'
import { openLog } from '../../server/log.ts'
import { openPgliteStore } from '../../server/store/pgliteStore.ts'
import type { Store } from '../../server/store/store.ts'
import { createManualClock } from './support/manualClock.ts'

const hourMs = 3_600_000
const hour = 480_000

describe('the book of demand', () => {
  let store: Store
  before(async function () {
    this.timeout(60_000)
    store = await openPgliteStore(null)
  })
  after(() => store.close())

  it('notes the peak of each hour, and where players of open sessions are, over a restart', async () => {
    const clock = createManualClock(hour * hourMs)
    let players = 0
    let open: { id: string }[] = []
    const look = async (): Promise<NetworkFacts> => {
      const tally = emptyTally()
      for (let n = 0; n < players; n += 1)
        count(tally, {
          region: 'Europe',
          seatClass: '720p60',
          siteId: 's',
          cellId: 'DE:50,9',
          rttMs: 5,
          waitingSinceMs: null,
        })
      return { atMs: clock.now(), sites: [], tally }
    }
    const place = { lat: 50.1, lon: 8.7, country: 'DE', accuracyKm: 20, source: 'test', dataDate: 'unknown' }
    const prior = { lookup: async (ip: string) => (ip === '203.0.113.7' ? place : null) }
    const start = () =>
      openBook({
        store: store.demand,
        prior,
        clock,
        log: openLog('silent'),
        look,
        openSessions: () => open,
      })
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

    const book = await start()
    open = [{ id: 'a' }, { id: 'b' }]
    book.asked('a', '203.0.113.7')
    book.asked('b', '192.168.0.1')
    await settled()
    expect([book.cellOf('a'), book.cellOf('b')]).to.deep.equal(['DE:50,9', null])
    for (const now of [2, 5, 1]) {
      players = now
      clock.pass(15_000)
      await settled()
    }
    clock.pass(hourMs)
    players = 3
    await book.close()
    const europe = (await store.demand.hours(0)).filter(({ region }) => region === 'Europe')
    expect(europe.map((row) => [row.hour - hour, row.peak])).to.deep.equal([
      [0, 5],
      [1, 3],
    ])
    expect(JSON.stringify(await store.demand.sessions())).not.to.contain('203.0.113')

    const again = await start()
    expect(again.cellOf('a')).to.equal('DE:50,9')
    open = []
    await again.close()
    expect(await store.demand.sessions()).to.deep.equal([])
  })
})

describe('an answer that is kept for a while', () => {
  it('is made once for all who ask meanwhile, again later, and a failure is not kept', async () => {
    const clock = createManualClock()
    let made = 0
    let fails = false
    const answer = keptFor(1000, clock, async () => {
      made += 1
      if (fails) throw new Error('no')
      return made
    })
    expect(await Promise.all([answer(), answer()])).to.deep.equal([1, 1])
    clock.pass(1000)
    fails = true
    expect(await answer().catch(() => 'failed')).to.equal('failed')
    fails = false
    expect(await answer()).to.equal(3)
  })
})
