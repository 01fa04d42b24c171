import { expect } from 'chai'
import { placementReport } from '../../../config/protocol/placement.ts'
import { sessionView } from '../../../config/protocol/api.ts'
import type { Signal } from '../../../config/protocol/signal.ts'
import { type LineBed, openLineBed } from '../sessions/lineBed.ts'
import type { FakeNode, FakeSession } from '../support/fakeNode.ts'
import type { FakePlayer } from '../support/fakePlayer.ts'
import { Friend, nodeAt, serve } from './partyBed.ts'

const offer = (peerId: string, player?: number): Signal => ({
  kind: 'offer',
  peerId,
  sdp: 'offer',
  ...(player === undefined ? {} : { player }),
})

describe('a party in one game', () => {
  let line: LineBed & { close(): Promise<void> }

  before(async function () {
    this.timeout(60_000)
    line = await openLineBed()
  })
  after(() => line.close())
  afterEach(() => line.end())

  const friend = async (ways: readonly (readonly [FakeNode, number])[] = []): Promise<Friend> =>
    new Friend(await line.player(), new Map(ways))
  type Ways = readonly (readonly [FakeNode, number])[]
  /** Friends whose leader, the first of them, wants one game for all of them; the others are ready. */
  async function friends(...ways: readonly Ways[]): Promise<readonly [Friend, ...Friend[]]> {
    const [own = [], ...others] = ways
    const leader = await friend(own)
    const { code } = await leader.create('couch')
    const rest: Friend[] = []
    for (const each of others) {
      const one = await friend(each)
      await one.join(code)
      rest.push(one)
    }
    await leader.playAs('session')
    return [leader, ...rest]
  }
  /** Two friends in a game that runs. */
  async function playing(): Promise<{
    node: FakeNode
    session: FakeSession
    ana: Friend
    rui: Friend
  }> {
    await line.start()
    const node = await nodeAt(line, 'Lyon', 1)
    const [ana, rui] = await friends([[node, 5]], [[node, 9]])
    if (rui === undefined) throw new Error('nobody came')
    const starting = ana.choose('start')
    const [session] = await serve(node, 1)
    await starting
    if (session === undefined) throw new Error('no session')
    for (const event of [
      { kind: 'start', step: 'game' },
      { kind: 'ready' },
      { kind: 'play', atMs: 5 },
    ] as const)
      node.tell(session.sessionId, event)
    return { node, session, ana, rui }
  }
  const ask = (player: FakePlayer, method: string, sessionId: string, more = '', body?: object) =>
    player.request(method, `/api/sessions/${sessionId}${more}`, body)

  it('plays on the site from which nobody is far, on one seat, and tells all of them why', async () => {
    await line.start()
    const [berlin, lyon, porto] = [
      await nodeAt(line, 'Berlin', 4),
      await nodeAt(line, 'Lyon', 1),
      await nodeAt(line, 'Porto', 4),
    ]
    const [ana, rui] = await friends(
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
    const starting = ana.choose('start')
    const [session] = await serve(lyon, 1)
    const view = await starting
    expect(view).to.include({ together: 'session', mostTogether: 3, siteName: 'Lyon' })
    expect(view.members.map(({ playing: isPlaying }) => isPlaying)).to.deep.equal([true, true])
    for (const each of [ana, rui]) {
      expect((await each?.view())?.sessionId).to.equal(session?.sessionId)
      const report = await each?.report()
      expect(report?.inWords).to.equal('Lyon: the farthest of you is 30 ms away.')
      expect(report?.party?.players).to.equal(2)
    }
    expect(session?.guestId).to.equal(ana.player.guestId)
  })

  it('fails closed where the budget does not hold for everybody', async () => {
    await line.start()
    const node = await nodeAt(line, 'Lyon')
    const [ana] = await friends([[node, 5]], [[node, 84]])
    expect((await ana.choose('start')).trouble?.inWords).to.include('84 ms from Player 2')
  })

  it('has room for as many as its title says: more are told, and who comes later gets what is free', async () => {
    await line.start()
    const node = await nodeAt(line, 'Lyon')
    const near = [[node, 5]] as const
    const [ana, rui, eva, tom] = await friends(near, near, near, near)
    expect((await ana.choose('start')).trouble).to.deep.equal({
      inWords: 'One game of this title has room for 3 players.',
      offers: ['split'],
    })
    await tom?.leave()
    await eva?.join(ana.code, false)
    const starting = ana.choose('start')
    const [session] = await serve(node, 1)
    await starting
    await eva?.join(ana.code, true)
    const until = async (one: Friend | undefined): Promise<string | null> => {
      for (;;) {
        const { sessionId = null, trouble = null } = (await one?.view()) ?? {}
        if (sessionId !== null || trouble !== null) return sessionId
      }
    }
    expect(await until(eva)).to.equal(session?.sessionId)
    await tom?.join(ana.code, true)
    expect(await until(tom)).to.equal(null)
    expect(node.sessions.size).to.equal(1)
    expect((await rui?.view())?.sessionId).to.equal(session?.sessionId)
  })

  it('is for titles that several can play, and for the leader to choose', async () => {
    await line.start()
    const [ana, rui] = [await friend(), await friend()]
    const { code } = await ana.create('game')
    expect((await ana.say({ kind: 'together', how: 'session' })).code).to.equal('choice-gone')
    await rui.join(code)
    expect((await rui.say({ kind: 'together', how: 'site' })).code).to.equal('not-leader')
  })

  it('gives each player’s signals the number of that player, whatever they say, and answers to them alone', async () => {
    const { node, session, ana, rui } = await playing()
    const { sessionId } = session
    const [one, two] = [await line.watch(ana.player, sessionId), await line.watch(rui.player, sessionId)]
    expect((await one.view(sessionId, () => true)).together).to.deep.equal({ you: 1, players: 2 })
    expect((await two.view(sessionId, () => true)).together).to.deep.equal({ you: 2, players: 2 })
    one.send({ kind: 'signal', sessionId, signal: offer('a', 2) })
    expect((await node.socket.next('signal')).signal).to.deep.equal(offer('a'))
    for (const claimed of [1, 3, undefined]) {
      two.send({ kind: 'signal', sessionId, signal: offer('b', claimed) })
      expect((await node.socket.next('signal')).signal).to.deep.equal(offer('b', 2))
    }
    const answer = { kind: 'answer', sdp: 'answer' } as const
    node.socket.send({ kind: 'signal', sessionId, signal: { ...answer, peerId: 'b', player: 2 } })
    node.socket.send({ kind: 'signal', sessionId, signal: { ...answer, peerId: 'a' } })
    expect((await two.next('signal')).signal.peerId).to.equal('b')
    expect((await one.next('signal')).signal.peerId).to.equal('a')
  })

  it('is its owner’s to end, and nobody’s who is not in it', async () => {
    const { session, ana, rui } = await playing()
    const { sessionId } = session
    const stranger = await line.player()
    for (const [method, more, body] of [
      ['GET', ''],
      ['GET', '/placement'],
      ['DELETE', ''],
      ['POST', '/choice', { kind: 'leave' }],
    ] as const) {
      expect((await ask(stranger, method, sessionId, more, body)).code, method).to.equal('not-yours')
      if (method !== 'GET')
        expect((await ask(rui.player, method, sessionId, more, body)).code, method).to.equal('not-yours')
    }
    const outside = await line.watch(stranger, sessionId)
    expect((await outside.next('error')).error.code).to.equal('not-yours')
    outside.send({ kind: 'signal', sessionId, signal: offer('x', 2) })
    expect((await outside.next('error')).error.code).to.equal('not-yours')
    placementReport.parse((await ask(rui.player, 'GET', sessionId, '/placement')).body)

    const window = await line.watch(rui.player, sessionId)
    expect((await ask(ana.player, 'DELETE', sessionId)).status).to.equal(200)
    const { end } = await window.view(sessionId, ({ state }) => state.kind === 'ended')
    expect(end?.what).to.equal('Whoever began this game ended it for all of you.')
    const later = sessionView.parse((await ask(rui.player, 'GET', sessionId)).body)
    expect(later.end?.what, 'also when it is read later').to.equal(end?.what)
  })

  it('is still the same game of the same players after a restart of the router', async () => {
    const { session, rui } = await playing()
    const { sessionId } = session
    await line.restart()
    const again = line.again(rui.player)
    const view = sessionView.parse((await ask(again, 'GET', sessionId)).body)
    expect(view.together).to.deep.equal({ you: 2, players: 2 })
    expect((await ask(await line.player(), 'GET', sessionId)).code).to.equal('not-yours')
  })
})
