import { expect } from 'chai'
import type { ErrorCode } from '../../../config/errors.ts'
import { type LineBed, openLineBed, seats } from '../sessions/lineBed.ts'
import type { FakeNode } from '../support/fakeNode.ts'
import { entryOf, Friend, nodeAt, serve } from './partyBed.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a party', () => {
  let line: LineBed & { close(): Promise<void> }

  before(async function () {
    this.timeout(60_000)
    line = await openLineBed()
  })
  after(() => line.close())
  afterEach(() => line.end())

  const friend = async (ways: readonly (readonly [FakeNode, number])[] = []): Promise<Friend> =>
    new Friend(await line.player(), new Map(ways))
  /** Two friends, the first of whom has begun a party that the other has joined, ready. */
  async function pair(
    ana: readonly (readonly [FakeNode, number])[] = [],
    rui: readonly (readonly [FakeNode, number])[] = [],
    titleId = 'game',
  ): Promise<readonly [Friend, Friend]> {
    const [one, two] = [await friend(ana), await friend(rui)]
    const { code } = await one.create(titleId)
    await two.join(code)
    return [one, two]
  }

  it('plays where nobody is far, though each has a nearer site, and tells each of them why', async () => {
    await line.start()
    const [berlin, lyon, porto] = [
      await nodeAt(line, 'Berlin'),
      await nodeAt(line, 'Lyon'),
      await nodeAt(line, 'Porto'),
    ]
    const [ana, rui] = await pair(
      [
        [berlin, 5],
        [lyon, 25],
        [porto, 45],
      ],
      [
        [berlin, 50],
        [lyon, 30],
        [porto, 5],
      ],
    )
    const before = await ana.view()
    expect(before).to.include({ state: 'gathering', you: 1, leader: 1, siteName: null, sessionId: null })
    expect(
      before.sites.map(({ siteName, largestMs, farthest }) => [siteName, largestMs, farthest]),
    ).to.deep.equal([
      ['Lyon', 30, 'Player 2'],
      ['Porto', 45, 'Player 1'],
      ['Berlin', 50, 'Player 2'],
    ])
    expect(
      before.members.map(({ number, ready, here, ways: [way] }) => [number, ready, here, way]),
    ).to.deep.equal([
      [1, false, true, { rttMs: 25, rttSource: 'probe' }],
      [2, true, true, { rttMs: 30, rttSource: 'probe' }],
    ])
    const starting = ana.choose('start')
    const sessions = await serve(lyon, 2)
    expect(await starting).to.include({ state: 'playing', siteName: 'Lyon' })
    const ids = [(await ana.view()).sessionId, (await rui.view()).sessionId]
    expect(new Set(ids)).to.deep.equal(new Set(sessions.map(({ sessionId }) => sessionId)))
    const [first, second] = [await ana.report(), await rui.report()]
    expect(first).to.include({ chosenNodeId: lyon.key.nodeId, sessionId: ids[0] })
    expect(first.inWords).to.equal(
      'Lyon: the farthest of you is 30 ms away, you are 25 ms away; Berlin was nearer to you, but 50 ms from Player 2.',
    )
    expect(second.inWords).to.equal(
      'Lyon: you are the farthest, 30 ms away; Porto was nearer to you, but 45 ms from Player 1.',
    )
    expect(first.party?.players).to.equal(2)
    expect(first.candidates[0]).to.deep.include({ siteName: 'Lyon', ruledOut: null, rttMs: 25 })
  })

  it('gives back the seats it has where not all get one, and takes the next site for all', async () => {
    await line.start()
    const [near, far] = [await nodeAt(line, 'Near'), await nodeAt(line, 'Far')]
    const ways = [
      [near, 5],
      [far, 30],
    ] as const
    const [ana] = await pair(ways, ways)
    const starting = ana.choose('start')
    const kept = await near.acceptReserve()
    await near.refuseReserve()
    const released = await near.socket.next('release')
    await serve(far, 2)
    expect(await starting).to.include({ state: 'playing', siteName: 'Far', trouble: null })
    expect(released.leaseId).to.be.a('string')
    expect(
      near.socket.inbox.all.filter(({ kind }) => kind === 'start'),
      kept.sessionId,
    ).to.deep.equal([])
  })

  it('says that no site has seats for all, starts nobody alone, and starts all when one has if they wait', async () => {
    await line.start()
    const node = await nodeAt(line, 'Lyon')
    const [ana, rui] = await pair([[node, 5]], [[node, 9]])
    node.status({ seats: seats('free', 'busy') })
    const free = async (): Promise<number> =>
      (await ana.view()).sites.filter((site) => site.ruledOut === null).length
    while ((await free()) > 0) {
      line.clock.pass(1_000)
      await rui.view()
    }
    const { trouble, sessionId } = await ana.choose('start')
    expect(sessionId).to.equal(null)
    expect(trouble).to.deep.equal({
      inWords: 'No site near enough has 2 seats free at once: Lyon has 1 of its 2 free.',
      offers: ['wait', 'split'],
    })
    expect((await rui.view()).trouble, 'the others see it too').to.deep.equal(trouble)
    expect(await ana.choose('wait')).to.include({ state: 'waiting' })
    node.status({ seats: seats('free', 'free') })
    await line.passing(serve(node, 2))
    for (const each of [ana, rui]) {
      let view = await each.view()
      while (view.state !== 'playing') view = await each.view()
      expect(view).to.include({ siteName: 'Lyon', trouble: null })
      expect(view.sessionId).to.be.a('string')
    }
  })

  it('splits up when its leader says so: each plays where it is best for that player', async () => {
    await line.start()
    const [berlin, porto] = [await nodeAt(line, 'Berlin', 1), await nodeAt(line, 'Porto', 1)]
    const [ana, rui] = await pair(
      [
        [berlin, 5],
        [porto, 45],
      ],
      [
        [berlin, 50],
        [porto, 5],
      ],
    )
    expect((await ana.choose('start')).trouble).to.deep.include({ offers: ['split'] })
    const splitting = ana.choose('split')
    const [[one], [two]] = await Promise.all([serve(berlin, 1), serve(porto, 1)])
    expect(await splitting).to.include({ state: 'playing', siteName: null, sessionId: one?.sessionId })
    expect((await rui.view()).sessionId).to.equal(two?.sessionId)
  })

  it('fails closed on the latency budget of its title, and says for whom it is too far', async () => {
    await line.start()
    const node = await nodeAt(line, 'Lyon')
    const [ana] = await pair([[node, 5]], [[node, 84]], 'quick')
    expect((await ana.choose('start')).trouble).to.deep.equal({
      inWords:
        'No site is near enough to all of you for this game. The best for all, Lyon, is 84 ms from Player 2.',
      offers: ['split'],
    })
  })

  it('says when no node is there at all', async () => {
    await line.start()
    const [ana] = await pair()
    expect((await ana.choose('start')).trouble).to.deep.equal({
      inWords: 'No node that is online can run this game for all of you.',
      offers: [],
    })
  })

  it('starts those who are ready; who is ready later goes to the site where the others play', async () => {
    await line.start()
    const [lyon, porto] = [await nodeAt(line, 'Lyon'), await nodeAt(line, 'Porto')]
    const [ana, rui] = [await friend([[lyon, 5]]), await friend([[porto, 5]])]
    const { code } = await ana.create()
    await rui.join(code, false)
    const starting = ana.choose('start')
    const [first] = await serve(lyon, 1)
    expect((await starting).members.map(({ playing }) => playing)).to.deep.equal([true, false])
    await rui.join(code, true)
    const [second] = await serve(lyon, 1)
    expect(second?.sessionId).not.to.equal(first?.sessionId)
    let view = await rui.view()
    while (view.sessionId === null) view = await rui.view()
    expect(view).to.include({ sessionId: second?.sessionId, siteName: 'Lyon' })
  })

  it('starts once, however often its leader clicks', async () => {
    await line.start()
    const node = await nodeAt(line, 'Lyon', 4)
    const [ana] = await pair([[node, 5]], [[node, 9]])
    const clicks = [ana.choose('start'), ana.choose('start')]
    await serve(node, 2)
    const views = await Promise.all(clicks)
    expect(new Set(views.map(({ sessionId }) => sessionId)).size).to.equal(1)
    expect((await line.bed.store.sessions.open()).length).to.equal(2)
  })

  it('goes on without a member who leaves, with the next one in the lead, and ends with the last', async () => {
    await line.start()
    const node = await nodeAt(line, 'Lyon')
    const [ana, rui] = await pair([[node, 5]], [[node, 9]])
    expect(await ana.leave()).to.deep.include({ you: null, leader: 2 })
    expect((await ana.tryChoose('start')).code).to.equal('not-in-party')
    const starting = rui.choose('start')
    await serve(node, 1)
    expect((await starting).members.map(({ number }) => number)).to.deep.equal([2])
    await rui.leave()
    expect((await rui.tryChoose('start')).code).to.equal('party-not-found')
    expect((await (await friend()).tryJoin(rui.code)).code).to.equal('party-not-found')
  })

  it('survives a restart of the router, also while it plays', async () => {
    await line.start()
    const node = await nodeAt(line, 'Lyon')
    const [ana] = await pair([[node, 5]], [[node, 9]])
    const starting = ana.choose('start')
    await serve(node, 2)
    const { sessionId } = await starting
    await line.restart()
    const again = new Friend(line.again(ana.player))
    again.code = ana.code
    const view = await again.view()
    expect(view).to.include({ state: 'playing', you: 1, sessionId })
    expect(view.members.map(({ number, playing }) => [number, playing])).to.deep.equal([
      [1, true],
      [2, true],
    ])
  })

  it('is gone an hour after the last word of anybody, and not while somebody plays', async () => {
    // Its node says nothing all that time.
    await line.start({ nodeLostMs: 24 * 3_600_000 })
    const node = await nodeAt(line, 'Lyon')
    const [ana, rui] = await pair([[node, 5]], [[node, 9]])
    const other = await rui.create()
    const starting = ana.choose('start')
    const [session] = await serve(node, 2)
    await starting
    const { sessionId = '' } = session ?? {}
    for (const event of [
      { kind: 'start', step: 'game' },
      { kind: 'ready' },
      { kind: 'play', atMs: 5 },
    ] as const)
      node.tell(sessionId, event)
    const isPlayed = async () => (await line.bed.store.sessions.find(sessionId))?.state.kind === 'playing'
    while (!(await isPlayed())) await turn()
    const parties = async (): Promise<number> => (await line.bed.store.parties.all()).length
    const passHour = async (): Promise<void> => {
      for (let minute = 0; minute < 62; minute += 1) {
        line.clock.pass(60_000)
        await turn()
      }
    }
    await line.passing(passHour())
    while ((await parties()) > 1) await turn()
    expect((await rui.player.request('GET', `/api/parties/${other.code}`)).code).to.equal('party-not-found')
    expect((await ana.view()).state).to.equal('playing')
  })

  describe('answers', () => {
    it('a party of nine, and a guest in six, with an error', async () => {
      await line.start()
      const leader = await friend()
      const { code } = await leader.create()
      for (let n = 2; n <= 8; n += 1) await (await friend()).join(code)
      expect((await (await friend()).tryJoin(code)).code).to.equal('party-full')
      expect((await leader.join(code)).members.length, 'who is in it may still say something').to.equal(8)
      const codes = await Promise.all(
        Array.from({ length: 5 }, async () => (await (await friend()).create()).code),
      )
      const eager = await friend()
      for (const each of codes) await eager.join(each)
      expect((await eager.tryJoin(code)).code).to.equal('too-many-parties')
    })

    it('the second party of a title by somebody who is alone in the first with the first', async () => {
      await line.start()
      const one = await friend()
      const { code } = await one.create()
      const answer = await one.player.request('POST', '/api/parties', { ...entryOf(), titleId: 'game' })
      expect(answer.status).to.equal(200)
      expect((await one.view()).code).to.equal(code)
    })

    const bad: readonly [what: string, code: ErrorCode, method: string, path: string, body?: object][] = [
      ['an unknown title', 'title-not-found', 'POST', '/api/parties', { ...entryOf(), titleId: 'nothing' }],
      ['a party without a title', 'bad-request', 'POST', '/api/parties', entryOf()],
      ['an unknown field', 'bad-request', 'POST', '/api/parties', { ...entryOf(), titleId: 'game', seat: 1 }],
      [
        'a member without codecs',
        'bad-request',
        'POST',
        '/members',
        { ...entryOf(), ready: true, codecs: [] },
      ],
      ['a member who does not say whether they are ready', 'bad-request', 'POST', '/members', entryOf()],
      ['a choice of another kind', 'bad-request', 'POST', '/choice', { kind: 'kick' }],
      ['a start by somebody who has not joined', 'not-in-party', 'POST', '/choice', { kind: 'start' }],
      ['who leaves without having joined', 'not-in-party', 'DELETE', '/members'],
      ['an unknown party', 'party-not-found', 'GET', '/api/parties/aaaaaaaaaaaa'],
      ['a party with a name of JavaScript', 'party-not-found', 'GET', '/api/parties/__proto__'],
      ['another method', 'method-not-allowed', 'DELETE', '/choice'],
    ]
    it('what is wrong with the error that says so', async () => {
      await line.start()
      const { code } = await (await friend()).create()
      const stranger = await line.player()
      for (const [what, expected, method, path, body] of bad) {
        const address = path.startsWith('/api') ? path : `/api/parties/${code}${path}`
        expect((await stranger.request(method, address, body)).code, what).to.equal(expected)
      }
      const [, second] = await pair()
      expect((await second.tryChoose('start')).code).to.equal('not-leader')
    })

    it('somebody who only has the link with what there is to join, and no session of anybody', async () => {
      await line.start()
      const node = await nodeAt(line, 'Lyon')
      const [ana] = await pair([[node, 5]], [[node, 9]])
      const starting = ana.choose('start')
      await serve(node, 2)
      await starting
      const stranger = await friend()
      stranger.code = ana.code
      const view = await stranger.view()
      expect(view).to.include({ you: null, sessionId: null, titleName: 'The game' })
      expect(JSON.stringify(view)).not.to.include(ana.player.guestId)
    })
  })
})
