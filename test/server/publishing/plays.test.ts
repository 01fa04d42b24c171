import { expect } from 'chai'
import { mostInParty } from '../../../config/protocol/party.ts'
import { openLog } from '../../../server/log.ts'
import { noChannels } from '../../../server/publishing/channels.ts'
import { createPlays, playOf } from '../../../server/publishing/plays.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { SessionChannel } from '../../../server/store/publishingStore.ts'
import type { Store, StoredSession } from '../../../server/store/store.ts'
import { freshId, sessionOf } from '../store.contract.ts'

describe('what comes of sessions', () => {
  let store: Store
  before(async function () {
    this.timeout(60_000)
    store = await openPgliteStore(null)
  })
  after(() => store.close())

  /** A session of the title that has ended so. */
  async function ended(
    titleId: string,
    [version, channel]: readonly [string, SessionChannel],
    reason: 'game-crashed' | 'player-ended',
  ): Promise<StoredSession> {
    const session = { ...sessionOf(freshId('guest')), titleId, build: { version, channel } }
    await store.sessions.create(session, 1)
    const seat = { nodeId: 'n', leaseId: 'l', fence: 1 }
    const end = { reason, detail: null }
    await store.sessions.advance({
      sessionId: session.id,
      revision: 3,
      state: { kind: 'ended', ...end, endedAtMs: 9_000 },
      nodeSeq: 0,
      events: [
        { kind: 'place', ...seat },
        { kind: 'play', atMs: 1 },
        { kind: 'end', ...end, atMs: 2 },
      ],
      source: 'node',
      atMs: 5_000,
    })
    const found = await store.sessions.find(session.id)
    if (found === null) throw new Error('no session')
    return found
  }
  /** With the listener that sessions call. */
  async function open(takeBack: (...what: string[]) => void = () => {}) {
    let onEnd: (session: StoredSession) => void = () => {}
    const plays = createPlays({
      sessions: { onEnd: (listener) => void (onEnd = listener) },
      store,
      takeBack: async (...what) => takeBack(...what),
      log: openLog('silent'),
    })
    await plays.catchUp()
    return { end: (session: StoredSession) => onEnd(session), close: () => plays.close() }
  }

  it('is noted by the router’s clock, once, and of publishers’ titles alone', async () => {
    const titleId = freshId('title')
    const session = await ended(titleId, ['1.0.0', 'live'], 'player-ended')
    const { build: _build, ...builtIn } = session
    expect(playOf(builtIn, [])).equals(null)
    const plays = await open()
    plays.end(session)
    plays.end(session)
    await plays.close()
    const noted = await store.publishing.latestPlays(titleId, 9)
    expect(noted).to.have.length(1)
    expect(noted[0]).to.include({
      version: '1.0.0',
      channel: 'live',
      playAtMs: 5_000,
      endedAtMs: 5_000,
      region: '',
    })
  })

  it('is noted at the next start, where the router was gone', async () => {
    const titleId = freshId('title')
    await ended(titleId, ['1.0.0', 'live'], 'game-crashed')
    await (await open()).close()
    expect(await store.publishing.latestPlays(titleId, 9)).to.have.length(1)
  })

  it('is forgotten for good, with the figures or with the title', async () => {
    const [figures, title] = [freshId('title'), freshId('title')]
    for (const id of [figures, title]) {
      await store.publishing.claim(id, 'org', 1)
      await ended(id, ['1.0.0', 'live'], 'player-ended')
    }
    await (await open()).close()
    await store.publishing.forgetPlays(figures)
    const found = await store.publishing.find(title)
    if (found === null) throw new Error('no title')
    expect(await store.publishing.removeTitle(found)).equals(true)
    await (await open()).close()
    for (const id of [figures, title]) expect(await store.publishing.latestPlays(id, 9)).to.deep.equal([])
  })

  it('takes a canary back that crashes again and again, once it is certain', async () => {
    const titleId = freshId('title')
    const { revision } = await store.publishing.claim(titleId, 'org', 1)
    const canary = { version: '2.0.0', percent: 20, sinceMs: 1 }
    await store.publishing.move(titleId, revision, { ...noChannels, live: '1.0.0', canary })
    const takenBack: string[][] = []
    const plays = await open((...what) => takenBack.push(what))
    for (let count = 0; count < 20; count += 1)
      plays.end(await ended(titleId, ['1.0.0', 'live'], 'player-ended'))
    await plays.close()
    expect(takenBack).to.deep.equal([])
    for (let count = 0; count <= mostInParty + 1; count += 1)
      plays.end(await ended(titleId, ['2.0.0', 'canary'], 'game-crashed'))
    await plays.close()
    expect(takenBack[0]?.slice(0, 2)).to.deep.equal([titleId, '2.0.0'])
    expect(takenBack[0]?.[2]).to.match(/^(\d+) of its \1 sessions crashed, of \d+ with the live version 0$/)
  })
})
