import { expect } from 'chai'
import { operatorDemand, operatorMap, operatorSessions } from '../../config/protocol/operator.ts'
import { placementReport } from '../../config/protocol/placement.ts'
import { parseRouterSettings } from '../../config/settings/router.ts'
import type { Router } from '../../server/router.ts'
import { connectNode, type FakeNode } from './support/fakeNode.ts'
import { type Answer, newPlayer, request } from './support/fakePlayer.ts'
import { createManualClock } from './support/manualClock.ts'
import { openTestBed, type TestBed } from './support/testRouter.ts'

const token = 'a-token-of-the-operator'
const paths = ['/api/operator/map', '/api/operator/demand', '/api/operator/sessions'] as const

describe('the operator’s API', () => {
  let bed: TestBed
  let router: Router
  let node: FakeNode
  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
    router = await bed.start({ operatorToken: token })
    node = await connectNode(router.port, {
      key: await bed.enrolledKey(),
      status: { siteName: 'Frankfurt', lat: 50.11, lon: 8.68 },
    })
  })
  after(async () => {
    await node.close()
    await router.close()
    await bed.close()
  })

  const ask = (port: number, path: string, authorization?: string): Promise<Answer> =>
    request(port, 'GET', path, undefined, authorization === undefined ? {} : { authorization })

  it('is not there, nor is its page, without a token in the settings', async () => {
    const plain = await bed.start()
    for (const path of paths) {
      expect((await ask(plain.port, path)).code).to.equal('not-found')
      expect((await ask(plain.port, path, 'Bearer ')).code).to.equal('not-found')
    }
    expect((await ask(plain.port, '/operator')).status).to.equal(404)
    await plain.close()
  })

  it('lets nobody in without the whole token', async () => {
    for (const path of paths)
      for (const wrong of [
        undefined,
        '',
        'Bearer',
        'Bearer ',
        `Bearer ${token.slice(0, -1)}`,
        `Bearer ${token}x`,
        `Basic ${token}`,
        token,
      ]) {
        const answer = await ask(router.port, path, wrong)
        expect([answer.status, answer.code], wrong).to.deep.equal([401, 'operator-only'])
      }
  })

  it('bounds the attempts of one address, also of one that comes with the right token then', async () => {
    const own = await bed.start({ operatorToken: token }, createManualClock())
    const from = (address: string, authorization: string): Promise<Answer> =>
      request(own.port, 'GET', paths[0], undefined, { authorization, 'x-forwarded-for': address })
    let attempts = 0
    while ((await from('192.0.2.1', 'Bearer wrong')).status === 401) attempts += 1
    expect(attempts).to.be.lessThan(100)
    const refused = await from('192.0.2.1', `Bearer ${token}`)
    expect([refused.code, refused.headers.get('retry-after')]).to.deep.equal(['too-many-requests', '1'])
    expect((await from('192.0.2.2', `Bearer ${token}`)).status).to.equal(200)
    await own.close()
  })

  it('shows the sites, and who plays from them, without a word of addresses', async () => {
    const player = await newPlayer(router.port)
    const created = player.create()
    await node.runSession()
    const { id } = await created
    await player.request('GET', `/api/sessions/${id}`)
    const answer = await ask(router.port, paths[0], `Bearer ${token}`)
    const map = operatorMap.parse(answer.body)
    expect(map.sites).to.have.length(1)
    expect(map.sites[0]).to.include({ name: 'Frankfurt', region: 'Europe', seats: 2 })
    expect(map.served.map(({ sessions, placeId }) => [sessions, placeId])).to.deep.equal([[1, null]])
    expect(JSON.stringify(answer.body)).not.to.contain('127.0.0.1').and.not.to.contain(id)
    const demand = operatorDemand.parse((await ask(router.port, paths[1], `Bearer ${token}`)).body)
    expect(demand.rows[0]).to.include({ region: 'Europe', class: '720p60', seats: 2, playing: 1, waiting: 0 })
  })

  it('shows every session with the reason for its place, to nobody else', async () => {
    const player = await newPlayer(router.port)
    const created = player.create()
    await node.runSession()
    const { id } = await created
    const { body } = await ask(router.port, paths[2], `Bearer ${token}`)
    const session = operatorSessions.parse(body).sessions.find(({ sessionId }) => sessionId === id)
    expect(session).to.include({ titleName: 'The game', siteName: 'Frankfurt', rttMs: null })
    expect(session?.inWords).to.contain('Frankfurt')
    expect(JSON.stringify(body)).not.to.contain(player.guestId)
    const path = `/api/sessions/${id}/placement`
    const report = placementReport.parse((await ask(router.port, path, `Bearer ${token}`)).body)
    expect(report.inWords).to.equal(session?.inWords)
    expect((await ask(router.port, path, 'Bearer wrong')).code).to.equal('operator-only')
    expect((await ask(router.port, path)).code).to.equal('guest-needed')
    const other = await newPlayer(router.port)
    expect((await other.request('GET', path)).code).to.equal('not-yours')
  })

  it('takes no token that could be guessed', () => {
    expect(() => parseRouterSettings({ NEARCADE_OPERATOR_TOKEN: 'short' })).to.throw('OPERATOR_TOKEN')
    expect(parseRouterSettings({}).operatorToken).to.equal('')
  })
})
