import { expect } from 'chai'
import { noChannels } from '../../../server/publishing/channels.ts'
import type { StoredVersion, TitlePlay } from '../../../server/store/publishingStore.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'
import { freshId, sessionOf } from '../store.contract.ts'
import { titleJson } from '../support/titles.ts'

describe("the store of publishers' titles", () => {
  let store: Store
  before(async function () {
    this.timeout(60_000)
    store = await openPgliteStore(null)
  })
  after(() => store.close())

  const versionOf = (titleId: string, version = '1.0.0', treeId = 'tree'): StoredVersion => ({
    titleId,
    version,
    treeId,
    manifest: { ...titleJson(titleId), version },
    sizeBytes: 5e9,
    createdAtMs: 3,
    createdBy: 'Ada',
    check: { state: 'none' },
  })

  it('gives an id to whoever claims it first', async () => {
    const id = freshId('title')
    const [one, two] = await Promise.all([
      store.publishing.claim(id, 'org-1', 5),
      store.publishing.claim(id, 'org-2', 6),
    ])
    expect(one).to.deep.equal(two)
    expect((await store.publishing.ofOrg(one.orgId)).map((title) => title.id)).to.deep.equal([id])
    expect((await store.publishing.all()).map((title) => title.id)).to.include(id)
  })

  it('keeps a version as it was first pushed', async () => {
    const id = freshId('title')
    await store.publishing.claim(id, 'org', 1)
    const first = versionOf(id)
    expect(await store.publishing.addVersion(first)).to.deep.equal(first)
    expect(await store.publishing.addVersion(versionOf(id, '1.0.0', 'other'))).to.deep.equal(first)
    await store.publishing.putCheck(id, '1.0.0', { state: 'running', sinceMs: 4 })
    expect(await store.publishing.version(id, '1.0.0')).to.deep.equal({
      ...first,
      check: { state: 'running', sinceMs: 4 },
    })
    expect(await store.publishing.version(id, '2.0.0')).equals(null)
  })

  it('moves channels only from the revision that was read', async () => {
    const id = freshId('title')
    const { revision } = await store.publishing.claim(id, 'org', 1)
    const channels = { ...noChannels, live: '1.0.0' }
    const moved = await Promise.all([
      store.publishing.move(id, revision, channels),
      store.publishing.move(id, revision, { ...noChannels, withdrawn: true }),
    ])
    expect(moved.filter(Boolean)).to.have.length(1)
    expect((await store.publishing.find(id))?.revision).equals(revision + 1)
  })

  it('drops the saves of checks that are over, and nobody else’s', async () => {
    const id = freshId('title')
    const homes: boolean[] = []
    for (const [channel, isOver] of [
      ['check', true],
      ['check', false],
      ['live', true],
    ] as const) {
      const build = { version: '1.0.0', channel }
      const session = { ...sessionOf(freshId('guest')), titleId: id, build }
      await store.sessions.create(session, 1)
      const key = { guestId: session.guestId, titleId: id, slot: 1 }
      await store.saves.take(key, 0, { sessionId: session.id, nodeId: 'n', leaseId: 'l' })
      const end = { reason: 'player-ended', detail: null } as const
      if (isOver)
        await store.sessions.advance({
          sessionId: session.id,
          revision: 1,
          state: { kind: 'ended', ...end, endedAtMs: 9 },
          nodeSeq: 0,
          events: [{ kind: 'end', ...end, atMs: 9 }],
          source: 'router',
          atMs: 9,
        })
      await store.publishing.forgetCheckSaves(['somebody'])
      homes.push((await store.saves.homes(session.guestId, id)).length > 0)
    }
    expect(homes).to.deep.equal([false, true, true])
  })

  it('deletes a version unless a session plays it, and then changes nothing', async () => {
    const id = freshId('title')
    await store.publishing.claim(id, 'org', 1)
    await store.publishing.addVersion(versionOf(id))
    const build = { version: '1.0.0', channel: 'live' } as const
    const session = { ...sessionOf(freshId('guest')), titleId: id, build }
    await store.sessions.create(session, 1)
    expect((await store.sessions.find(session.id))?.build).to.deep.equal(build)
    expect([...(await store.publishing.played())]).to.include(`${id}@1.0.0`)
    const title = await store.publishing.find(id)
    if (title === null) throw new Error('no title')
    expect(await store.publishing.dropVersion(title, '1.0.0', title.channels)).equals(false)
    expect(await store.publishing.find(id)).to.deep.equal(title)

    const end = { reason: 'player-ended', detail: null } as const
    await store.sessions.advance({
      sessionId: session.id,
      revision: 1,
      state: { kind: 'ended', ...end, endedAtMs: 9 },
      nodeSeq: 0,
      events: [{ kind: 'end', ...end, atMs: 9 }],
      source: 'router',
      atMs: 9,
    })
    expect(await store.publishing.dropVersion(title, '1.0.0', title.channels)).equals(true)
    expect(await store.publishing.versions(id)).to.deep.equal([])
    expect(
      await store.publishing.dropVersion(title, '1.0.0', title.channels),
      'the title has moved on',
    ).equals(false)

    expect(await store.publishing.unnoted()).to.include(session.id)
    const play: TitlePlay = {
      sessionId: session.id,
      titleId: id,
      ...build,
      region: 'Home',
      createdAtMs: 1000,
      playAtMs: null,
      endedAtMs: 1009,
      ...end,
      place: null,
      quality: null,
    }
    await store.publishing.addPlay(play, { nodeId: 'n1', network: 'm1' })
    await store.publishing.addPlay({ ...play, region: 'twice' })
    expect(await store.publishing.unnoted()).not.to.include(session.id)
    const outcome = {
      ...build,
      reason: end.reason,
      playAtMs: null,
      playerId: session.guestId,
      nodeId: 'n1',
      network: 'm1',
    }
    expect(await store.publishing.outcomes(id, 1000)).to.deep.equal([outcome])
    expect(await store.publishing.outcomes(id, 1001)).to.deep.equal([])
  })
})
