import { expect } from 'chai'
import {
  afterAttempt,
  type LockOutRule,
  ownRule,
  strangersRule,
  waitOf,
} from '../../../server/accounts/lockOut.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'

const rule: LockOutRule = { free: 3, firstMs: 1000, longestMs: 5000 }

describe('what is kept of accounts', () => {
  let store: Store
  before(async function () {
    this.timeout(60_000)
    store = await openPgliteStore(null)
  })
  after(() => store.close())

  const tryAt = (keys: readonly string[], nowMs: number): Promise<number> =>
    store.accounts.attempt(keys, (before) => {
      const waitMs = Math.max(...before.map((one) => waitOf(one, nowMs)))
      return { waitMs, attempts: waitMs > 0 ? null : before.map((one) => afterAttempt(one, rule, nowMs)) }
    })

  it('counts attempts that come at once each, and none while there is one to wait for', async () => {
    const waits = await Promise.all(Array.from({ length: 20 }, () => tryAt(['a', 'b'], 1_000_000)))
    expect(waits.filter((ms) => ms === 0)).to.have.length(3)
    expect(await tryAt(['b', 'c'], 1_000_999)).to.equal(1)
    expect(await tryAt(['c'], 1_000_999)).to.equal(0)
    expect(await tryAt(['a', 'b'], 1_001_000)).to.equal(0)
    expect(await tryAt(['a'], 1_002_999)).to.equal(1)
    await store.accounts.clearAttempts(['a', 'b'])
    expect(await tryAt(['a', 'b'], 1_002_999)).to.equal(0)
  })

  it('offers the network to one holder of the newest link', async () => {
    const { accounts } = store
    expect(await accounts.offerOperator('old', 1)).to.equal(true)
    expect(await accounts.offerOperator('new', 2)).to.equal(true)
    expect(await accounts.takeOperator('old', 'somebody', 3)).to.equal(false)
    const both = await Promise.all(['one', 'other'].map((id) => accounts.takeOperator('new', id, 3)))
    expect(both).to.have.members([true, false])
  })

  it('has an audit log that only grows', async () => {
    const entry = { action: 'sign-in', accountId: 'a', keyId: null, detail: null, address: '192.0.2.0/24' }
    await store.accounts.note({ ...entry, atMs: 1, orgId: 'ours' })
    await store.accounts.note({ ...entry, atMs: 2, orgId: null })
    const all = await store.accounts.audit(null, null, 10)
    expect(all.map(({ atMs }) => atMs)).to.deep.equal([2, 1])
    expect((await store.accounts.audit('ours', null, 10)).map(({ atMs }) => atMs)).to.deep.equal([1])
    expect((await store.accounts.audit(null, all[0]?.id ?? 0, 10)).map(({ atMs }) => atMs)).to.deep.equal([1])
    const database = store.accounts.library.database as { execute(sql: string): Promise<unknown> }
    for (const change of [
      'delete from audit_log',
      "update audit_log set action = ''",
      'truncate audit_log',
    ]) {
      const failure: unknown = await database.execute(change).catch((cause: unknown) => cause)
      expect(String((failure as Error).cause), change).to.contain('only grows')
    }
  })
})

describe('waiting after wrong passwords', () => {
  it('grows with each attempt up to a bound, and is forgotten after a day', () => {
    let attempts = afterAttempt(null, rule, 0)
    const waits: number[] = []
    for (let nowMs = 0; waits.length < 7; nowMs = attempts.untilMs) {
      waits.push(attempts.untilMs - attempts.lastAtMs)
      attempts = afterAttempt(attempts, rule, nowMs)
    }
    expect(waits).to.deep.equal([0, 0, 1000, 2000, 4000, 5000, 5000])
    expect(waitOf(afterAttempt(attempts, rule, 100_000_000), 100_000_000)).to.equal(0)
  })

  it('bounds what strangers can guess of one password in a day', () => {
    for (const [bound, most] of [
      [ownRule, 40],
      [strangersRule, 160],
    ] as const) {
      let guesses = 0
      let attempts = null
      for (let nowMs = 0; nowMs < 86_400_000; nowMs = attempts.untilMs) {
        attempts = afterAttempt(attempts, bound, nowMs)
        guesses += 1
      }
      expect(guesses).to.be.lessThan(most)
    }
  })
})
