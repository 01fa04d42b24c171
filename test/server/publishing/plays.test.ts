import { expect } from 'chai'
import { mostInParty } from '../../../config/protocol/party.ts'
import { openLog } from '../../../server/log.ts'
import { noChannels } from '../../../server/publishing/channels.ts'
import { createPlays, playOf } from '../../../server/publishing/plays.ts'
import { createRatings, ratingsOf } from '../../../server/publishing/ratings.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { SessionChannel } from '../../../server/store/publishingStore.ts'
import type { Store, StoredSession } from '../../../server/store/store.ts'
import { freshId, sessionOf } from '../store.contract.ts'
import { said } from './quality.test.ts'

const place = { country: 'PT', lat: 39, lon: -9 }

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
    playedMs = 0,
  ): Promise<StoredSession> {
    const session = { ...sessionOf(freshId('guest')), titleId, build: { version, channel } }
    await store.sessions.create(session, 1)
    const seat = { nodeId: 'n', leaseId: 'l', fence: 1 }
    const end = { reason, detail: null }
    const step = { sessionId: session.id, nodeSeq: 0, source: 'node' } as const
    await store.sessions.advance({
      ...step,
      revision: 2,
      state: { kind: 'playing', ...seat, sinceMs: 1 },
      events: [
        { kind: 'place', ...seat },
        { kind: 'play', atMs: 1 },
      ],
      atMs: 5_000,
    })
    await store.sessions.advance({
      ...step,
      revision: 3,
      state: { kind: 'ended', ...end, endedAtMs: 9_000 },
      events: [{ kind: 'end', ...end, atMs: 2 }],
      atMs: 5_000 + playedMs,
    })
    const found = await store.sessions.find(session.id)
    if (found === null) throw new Error('no session')
    return found
  }
  /** With the listener that sessions call. */
  async function open(
    takeBack: (...what: string[]) => void = () => {},
    live: () => StoredSession | null = () => null,
  ) {
    let onEnd: (session: StoredSession, ip?: string | null) => void = () => {}
    const plays = createPlays({
      sessions: { onEnd: (listener) => void (onEnd = listener), live },
      store,
      placeOf: () => place,
      mark: (text) => text,
      takeBack: async (...what) => takeBack(...what),
      log: openLog('silent'),
    })
    await plays.catchUp()
    return { ...plays, end: (session: StoredSession, ip?: string) => onEnd(session, ip) }
  }

  it('is noted by the router’s clock, once, and of publishers’ titles alone', async () => {
    const titleId = freshId('title')
    const session = await ended(titleId, ['1.0.0', 'live'], 'player-ended')
    const { build: _build, ...builtIn } = session
    expect(playOf(builtIn, [], { place, said: [] })).equals(null)
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

  it('is noted with a mark of its player’s network, where that is one of the Internet', async () => {
    const titleId = freshId('title')
    const plays = await open()
    for (const ip of ['::ffff:9.9.9.9', '2001:4860:4860::8888', '192.168.1.5'])
      plays.end(await ended(titleId, ['1.0.0', 'live'], 'player-ended'), ip)
    await plays.close()
    const outcomes = await store.publishing.outcomes(titleId, 0)
    expect(outcomes.map(({ network }) => network)).to.have.members([
      '9.9.9.0/24',
      '2001:4860:4860::/48',
      null,
    ])
  })

  it('is noted with what its owner’s page said of it while it lived, and with about where that was', async () => {
    const titleId = freshId('title')
    let live: StoredSession | null = null
    const plays = await open(
      () => {},
      () => live,
    )
    const session = await ended(titleId, ['1.0.0', 'live'], 'player-ended', 65_000)
    live = session
    plays.hear('somebody else', session.id, said({ framesShown: 9_999 }))
    plays.hear(session.guestId, session.id, said({ framesShown: 60 }))
    // The same page goes on, and is loaded again.
    plays.hear(session.guestId, session.id, said({ framesShown: 600 }))
    plays.hear(session.guestId, session.id, said({ run: 'again', framesShown: 300 }))
    plays.end(session)
    await plays.settled()
    const [noted] = await store.publishing.latestPlays(titleId, 9)
    expect(noted?.place).to.deep.equal(place)
    expect(noted?.quality).to.include({ framesShown: 900, seenMs: 20_000 })
    expect(noted?.quality?.clickP50Ms).to.be.closeTo(40, 1.5)
    expect(noted?.quality?.clickP95Ms).to.be.closeTo(120, 4.5)
    await plays.close()
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

  it('lets those rate a title who have played it for a minute, once each, until its figures are forgotten', async () => {
    const titleId = freshId('title')
    const plays = await open()
    const ratings = createRatings({
      store: store.publishing,
      clock: { now: () => 70_000 },
      settled: () => plays.settled(),
    })
    const rated = async (playedMs: number, channel: SessionChannel, stars: number): Promise<string> => {
      const session = await ended(titleId, ['1.0.0', channel], 'player-ended', playedMs)
      plays.end(session)
      await ratings.rate(titleId, session.guestId, { stars, text: ' fun\u0000\u202e ' })
      return session.guestId
    }
    for (const [playedMs, channel] of [
      [59_000, 'live'],
      [90_000, 'staging'],
    ] as const)
      expect(await rated(playedMs, channel, 5).catch(String), channel).to.contain('rating-needs-play')
    const first = await rated(60_000, 'live', 1)
    expect(await ratings.own(titleId, first)).to.deep.equal({
      may: true,
      ask: false,
      mine: { stars: 1, text: 'fun', atMs: 70_000 },
    })
    await ratings.rate(titleId, first, { stars: 2 })
    for (const stars of [4, 5, 5]) await rated(60_000, 'canary', stars)
    const view = await ratingsOf(store.publishing, titleId)
    expect(view).to.deep.include({ players: 4, mean: 4, byStars: [0, 1, 0, 1, 2] })
    expect(view.texts).to.have.length(3)
    expect(JSON.stringify(view)).not.to.contain('guest')
    const shown = async () =>
      (
        await createRatings({
          store: store.publishing,
          clock: { now: () => 1 },
          settled: async () => {},
        }).shown()
      ).get(titleId)
    expect(await shown(), 'too few').equals(undefined)
    const last = await rated(60_000, 'live', 3)
    expect(await shown()).to.deep.equal({ players: 5, mean: 3.8 })
    await store.leaving.forgetPlayer(last)
    expect((await ratings.own(titleId, last)).mine).equals(null)
    expect((await ratings.takeBack(titleId, first)).mine).equals(null)
    expect((await ratingsOf(store.publishing, titleId)).players).equals(3)
    await store.publishing.forgetPlays(titleId)
    expect((await ratingsOf(store.publishing, titleId)).mean).equals(null)
    expect((await ratings.own(titleId, first)).may).equals(false)
    await plays.close()
  })

  it('lets whoever played in somebody else’s session rate it too', async () => {
    const titleId = freshId('title')
    const session = await ended(titleId, ['2.0.0', 'live'], 'player-ended', 60_000)
    await store.players.put(session.id, new Map([['friend', 2]]))
    await (await open()).close()
    const ratings = createRatings({
      store: store.publishing,
      clock: { now: () => 70_000 },
      settled: async () => {},
    })
    const none = { may: false, ask: false, mine: null }
    expect(await ratings.own(titleId, 'friend', session.id)).to.deep.equal({ ...none, may: true, ask: true })
    expect(await ratings.own(titleId, 'friend', 'another')).to.deep.equal({ ...none, may: true })
    expect(await ratings.own(titleId, 'stranger', session.id)).to.deep.equal(none)
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
