import { expect } from 'chai'
import { openPgliteStore } from '../../server/store/pgliteStore.ts'
import type { Store } from '../../server/store/store.ts'

describe('the store of demand', () => {
  let store: Store
  before(async function () {
    this.timeout(60_000)
    store = await openPgliteStore(null)
  })
  after(() => store.close())

  it('raises a peak and never lowers it', async () => {
    const europe = { region: 'Europe', seatClass: '720p60' }
    for (const peak of [3, 7, 5])
      await store.demand.raise(100, [{ ...europe, peak }], [{ placeId: 'DE:50,9', peak }])
    expect(await store.demand.hours(100)).to.deep.equal([{ hour: 100, ...europe, peak: 7 }])
    expect(await store.demand.hours(101)).to.deep.equal([])
    expect(await store.demand.places(100, 10)).to.deep.equal([{ placeId: 'DE:50,9', peak: 7 }])
  })

  it('gives the highest places first, and forgets old hours', async () => {
    await store.demand.raise(
      200,
      [],
      [
        { placeId: 'FR:49,2', peak: 2 },
        { placeId: 'GB:52,0', peak: 9 },
      ],
    )
    await store.demand.raise(201, [], [{ placeId: 'FR:49,2', peak: 4 }])
    expect(await store.demand.places(200, 1)).to.deep.equal([{ placeId: 'GB:52,0', peak: 9 }])
    await store.demand.forget(201)
    expect(await store.demand.places(0, 10)).to.deep.equal([{ placeId: 'FR:49,2', peak: 4 }])
    expect(await store.demand.hours(0)).to.deep.equal([])
  })

  it('keeps where a session’s player is until it is dropped; the first word counts', async () => {
    await store.demand.putSessions([{ sessionId: 'a', placeId: 'DE:50,9' }])
    await store.demand.putSessions([
      { sessionId: 'a', placeId: 'FR:49,2' },
      { sessionId: 'b', placeId: 'FR:49,2' },
    ])
    await store.demand.dropSessions(['b', 'unknown'])
    expect(await store.demand.sessions()).to.deep.equal([{ sessionId: 'a', placeId: 'DE:50,9' }])
  })
})
