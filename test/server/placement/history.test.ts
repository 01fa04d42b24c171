import { expect } from 'chai'
import fc from 'fast-check'
import { decayed, quantile, withRtt, type Decaying } from '../../../server/placement/routing/decaying.ts'
import { createHistory } from '../../../server/placement/routing/history.ts'
import { prefixOf } from '../../../server/placement/routing/prefix.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { HistoryStore, Store, StoredHistory } from '../../../server/store/store.ts'
import { createManualClock } from '../support/manualClock.ts'

const day = 86_400_000
const prefix = '203.0.113.0/24'

/** A store in memory that counts how often it is asked. */
function memoryStore(): HistoryStore & { reads: number; readonly rows: Map<string, StoredHistory> } {
  const rows = new Map<string, StoredHistory>()
  return {
    reads: 0,
    rows,
    async of(wanted) {
      this.reads += 1
      return [...rows.values()].filter((row) => row.prefix === wanted)
    },
    async put(added) {
      for (const row of added) rows.set(`${row.prefix} ${row.siteId}`, row)
    },
    async forget(beforeMs) {
      for (const [key, { quantiles }] of rows) if (quantiles.atMs < beforeMs) rows.delete(key)
    },
  }
}

describe('decaying quantiles', () => {
  const of = (values: readonly number[], everyMs = day): Decaying | undefined =>
    values.reduce<Decaying | undefined>(
      (before, rttMs, index) => withRtt(before, rttMs, 1, index * everyMs),
      undefined,
    )

  it('are within 5 % of the values beside the exact ones while nothing is old', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.double({ min: 1, max: 500, noNaN: true }), { minLength: 5, maxLength: 40 }),
        (values) => {
          const all = of(values, 1)
          const sorted = [...values].sort((a, b) => a - b)
          const nth = Math.ceil(sorted.length / 4)
          const [low = 0, high = low] = sorted.slice(nth - 1, nth + 1)
          const found = all === undefined ? null : quantile(decayed(all, values.length), 0.25)
          expect(found).to.be.within(low / 1.05, high * 1.05)
        },
      ),
    )
  })

  it('follow a path that changed within a few weeks', () => {
    const moved = of([
      ...Array.from({ length: 20 }, (_, n) => 10 + n / 100),
      ...Array.from({ length: 30 }, (_, n) => 40 + n / 100),
    ])
    expect(moved === undefined ? null : quantile(decayed(moved, 50 * day), 0.25)).to.be.closeTo(40, 2.5)
  })

  it('count a figure that is told twice once', () => {
    const once = withRtt(undefined, 10, 1, 1000)
    expect(withRtt(once, 10, 1, 2000)).to.equal(once)
    expect(withRtt(once, 10, 1, 1000 + day)).not.to.equal(once)
  })
})

describe('the history of a network', () => {
  it('gets surer with every measurement, less sure with age, and is nothing after months', async () => {
    const clock = createManualClock()
    const history = createHistory(memoryStore(), clock)
    const sure = async (): Promise<number> =>
      (await history.of(prefix)).get('paris')?.uncertaintyMs ?? Number.NaN
    await history.record(prefix, 'paris', 12, 'probe', clock.now())
    const first = await sure()
    await history.record(prefix, 'paris', 12.1, 'session', clock.now())
    const second = await sure()
    expect(second).to.be.lessThan(first)
    clock.pass(7 * day)
    expect(await sure()).to.be.greaterThan(second)
    clock.pass(90 * day)
    expect((await history.of(prefix)).size).to.equal(0)
  })

  it('outlives the router, is read once a network, and is dropped when it says nothing any more', async () => {
    const clock = createManualClock()
    const store = memoryStore()
    const history = createHistory(store, clock)
    await history.record(prefix, 'paris', 12, 'probe', clock.now())
    await history.record(prefix, 'rome', 30, 'probe', clock.now())
    await history.of(prefix)
    expect(store.reads).to.equal(1)
    await history.flush()
    const next = createHistory(store, clock)
    expect([...(await next.of(prefix)).keys()].sort()).to.deep.equal(['paris', 'rome'])
    expect((await next.of(prefix)).get('paris')?.rttMs).to.be.closeTo(12, 0.3)
    clock.pass(60 * day)
    await next.flush()
    expect(store.rows.size).to.equal(0)
  })

  describe('in the real store', () => {
    let store: Store
    before(async function () {
      this.timeout(60_000)
      store = await openPgliteStore(null)
    })
    after(() => store.close())

    it('is put, replaced, read by network and forgotten by age', async () => {
      const row = (siteId: string, atMs: number): StoredHistory => ({
        prefix,
        siteId,
        quantiles: { buckets: { '98': 1.5 }, atMs, lastMs: 12 },
      })
      await store.history.put([row('a', 100), row('b', 200), { ...row('a', 100), prefix: 'other' }])
      await store.history.put([row('a', 300)])
      const all = [...(await store.history.of(prefix))].sort((x, y) => (x.siteId < y.siteId ? -1 : 1))
      expect(all).to.deep.equal([row('a', 300), row('b', 200)])
      await store.history.forget(250)
      expect(await store.history.of(prefix)).to.deep.equal([row('a', 300)])
      expect(await store.history.of('other')).to.deep.equal([])
    })
  })
})

describe("a player's network", () => {
  for (const [address, expected] of [
    ['203.0.113.77', '203.0.113.0/24'],
    ['::ffff:203.0.113.77', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:0DB8:0001::1', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
    ['::1', '0:0:0::/48'],
    ['fe80::1%eth0', 'fe80:0:0::/48'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0::/48'],
    ['nonsense', null],
  ] as const)
    it(`of ${address} is ${expected}`, () => expect(prefixOf(address)).to.equal(expected))
})
