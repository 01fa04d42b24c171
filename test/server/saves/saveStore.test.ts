import { expect } from 'chai'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { HomeKey, SaveStore } from '../../../server/store/savesStore.ts'
import type { Store } from '../../../server/store/store.ts'

const hash = (digit: string): string => digit.repeat(64)
const file = (digit: string) => ({ path: 'a', mode: 0o600, size: 1, mtimeMs: 1, chunks: [hash(digit)] })

describe('the store of saves', function () {
  this.timeout(60_000)
  let store: Store
  let saves: SaveStore
  let key: HomeKey
  let last = 0
  before(async () => {
    store = await openPgliteStore(null)
    saves = store.saves
  })
  after(() => store.close())
  beforeEach(() => {
    last += 1
    key = { guestId: `guest-${last}`, titleId: 'title', slot: 1 }
  })

  const holder = (sessionId: string) => ({ sessionId, nodeId: 'node', leaseId: `lease-${sessionId}` })
  const keep = (term: number, seq: number, digit: string) =>
    saves.keep({ ...key, term, seq, sessionId: 's', nodeId: 'node', takenAtMs: seq, files: [file(digit)] }, 2)

  it('gives a home to one of several who ask at once, as a higher term each time', async () => {
    for (const seen of [0, 1]) {
      const asked = ['a', 'b', 'c'].map((name) => saves.take(key, seen, holder(`${name}${seen}-${last}`)))
      const won = (await Promise.all(asked)).filter((home) => home !== null)
      expect(won.map(({ term }) => term)).to.deep.equal([seen + 1])
      expect(await saves.ofSession(won[0]?.sessionId ?? '')).to.deep.equal(won[0])
      expect(await saves.homes(key.guestId, key.titleId)).to.deep.equal(won)
    }
  })

  it('keeps each snapshot of a term once and in order, and nothing of an older term', async () => {
    await saves.take(key, 0, holder(`s-${last}`))
    expect(await Promise.all([1, 2, 3].map(() => keep(1, 1, 'a')))).to.deep.equal([1, 1, 1])
    expect(await keep(1, 3, 'b')).to.equal(2)
    expect(await keep(1, 2, 'c')).to.equal(null)
    await saves.take(key, 1, holder(`t-${last}`))
    expect(await keep(1, 4, 'd')).to.equal(null)
    expect(await saves.leave(key, 1, 9)).to.equal(false)
    expect(await saves.close(key, 1)).to.equal(false)
    expect(await saves.latest(key)).to.deep.include({ version: 2, files: [file('b')] })
    expect(await keep(2, 1, 'e')).to.equal(3)
  })

  it('says what was left behind until the next snapshot, and what was closed until the next term', async () => {
    const home = async () => (await saves.homes(key.guestId, key.titleId))[0]
    await saves.take(key, 0, holder(`s-${last}`))
    await saves.leave(key, 1, 1)
    await saves.close(key, 1)
    expect(await home()).to.deep.include({ leftBehind: true, closed: true, version: 0 })
    await saves.take(key, 1, holder(`t-${last}`))
    expect(await home()).to.deep.include({ leftBehind: true, closed: false })
    await keep(2, 1, 'a')
    expect(await home()).to.deep.include({ leftBehind: false, version: 1 })
  })

  it('says nothing was left behind because of a word that comes late or twice', async () => {
    const isLeft = async () => (await saves.homes(key.guestId, key.titleId))[0]?.leftBehind
    await saves.take(key, 0, holder(`s-${last}`))
    await keep(1, 1, 'a')
    expect(await saves.leave(key, 1, 2)).to.equal(true)
    expect(await isLeft()).to.equal(true)
    expect(await keep(1, 1, 'a'), 'from before').to.equal(null)
    expect(await isLeft()).to.equal(true)
    await keep(1, 3, 'a')
    expect(await saves.leave(key, 1, 2), 'again').to.equal(true)
    expect(await isLeft()).to.equal(false)
  })

  it('knows which chunks the kept snapshots need, of this home and of all', async () => {
    const digits = ['1', '2', '3']
    await saves.take(key, 0, holder(`s-${last}`))
    for (const [at, digit] of digits.entries()) await keep(1, at + 1, digit)
    expect([...(await saves.chunksOf(key))].toSorted()).to.deep.equal(['2', '3'].map(hash))
    expect([...(await saves.needed(digits.map(hash)))].toSorted()).to.deep.equal(['2', '3'].map(hash))
    expect([...(await saves.needed([]))]).to.deep.equal([])
  })
})
