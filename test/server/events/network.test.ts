import { expect } from 'chai'
import { eventRoom, type EventView, eventView, operatorEvents } from '../../../config/protocol/events.ts'
import type { PlacementReport } from '../../../config/protocol/placement.ts'
import { noChannels } from '../../../server/publishing/channels.ts'
import { type Browser, makeOrganisation, openBrowser, signUp } from '../accounts/browser.ts'
import { isIn, type LineBed, openLineBed, seats } from '../sessions/lineBed.ts'
import type { FakeNode, FakeSession } from '../support/fakeNode.ts'
import type { FakePlayer } from '../support/fakePlayer.ts'
import { titleJson } from '../support/titles.ts'

const hour = 3_600_000
const operatorToken = 'a-token-of-the-operator'
const titles = ['game', 'quick', 'quest'].map((id) => ({ id, version: '1.0.0' }))

describe('an event on a network', () => {
  let line: LineBed & { close(): Promise<void> }
  let node: FakeNode
  let owner: Browser
  let at: string

  before(async function () {
    this.timeout(60_000)
    line = await openLineBed()
  })
  after(async () => {
    await line.end()
    await line.close()
  })

  const cookie = (): string => [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  async function ask(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
    const answer = await fetch(`http://127.0.0.1:${line.router.port}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(headers ?? { cookie: cookie() }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as unknown }
  }
  const seen = async (event: EventView): Promise<EventView> =>
    eventView.parse((await ask('GET', `${at}/${event.eventId}`)).body)

  /** The node says how its seats are, and the router has heard it. */
  async function tell(free: number, taken: 'busy' | 'reserved' = 'busy'): Promise<void> {
    const states = Array.from({ length: 6 }, (_, at) => (at < free ? 'free' : at === free ? taken : 'busy'))
    node.status({ seats: seats(...states) })
    for (;;) {
      const { body } = await ask('GET', '/api/titles/game')
      if ((body as { seatsFree: number }).seatsFree === free) return
    }
  }
  /** A player of this title gets a seat of the node at once. */
  async function plays(titleId: string, free: number): Promise<{ player: FakePlayer; session: FakeSession }> {
    const player = await line.player()
    const creating = player.create({ titleId })
    const session = await node.runSession()
    await creating
    await tell(free)
    return { player, session }
  }

  it('keeps its seats from others, also those in line, over a restart, until it is called off', async () => {
    await line.start()
    owner = openBrowser(line.router.port)
    await signUp(owner, 'owner@example.org')
    const orgId = await makeOrganisation(owner, 'studio')
    at = `/api/orgs/${orgId}/events`
    const { publishing } = line.bed.store
    const title = await publishing.claim('quest', orgId, 1)
    await publishing.addVersion({
      titleId: 'quest',
      version: '1.0.0',
      treeId: 'a'.repeat(64),
      manifest: titleJson('quest'),
      sizeBytes: 1,
      createdAtMs: 1,
      createdBy: 'Ada',
      check: { state: 'passed', report: { atMs: 1, items: [] } },
    })
    await publishing.move('quest', title.revision, { ...noChannels, live: '1.0.0' })
    await line.restart({ operatorToken })
    node = await line.connect({ seats: 6, status: { titles } })

    // What can be booked, and a booking.
    const [fromMs, toMs] = [line.clock.now(), line.clock.now() + hour]
    const room = eventRoom.parse(
      (await ask('GET', `${at}/room?titleId=quest&fromMs=${fromMs}&toMs=${toMs}`)).body,
    )
    expect(room.sites.map(({ siteName, seats, bookable }) => [siteName, seats, bookable])).to.deep.equal([
      ['Test site', 6, 3],
    ])
    const wish = {
      idempotencyKey: 'finals',
      titleId: 'quest',
      name: 'Finals',
      fromMs,
      toMs,
      where: { kind: 'sites', sites: [{ siteId: room.sites[0]?.siteId, seats: 3 }] },
    }
    const booked = await ask('POST', at, wish)
    expect(booked.status).equals(201)
    const event = eventView.parse(booked.body)
    expect((await ask('POST', at, wish)).status, 'asked again').equals(200)
    expect((await ask('POST', at, { ...wish, idempotencyKey: 'more' })).status, 'all are booked').equals(409)
    expect(event).to.include({ state: 'held', seats: 3, ready: 3, holding: 3, used: 0 })

    // Two who book at once do not get the same seats.
    const next = { ...wish, fromMs: toMs, toMs: toMs + hour, where: { kind: 'players', seats: 2 } }
    const both = await Promise.all(
      ['a', 'b'].map((idempotencyKey) => ask('POST', at, { ...next, idempotencyKey })),
    )
    expect(both.map(({ status }) => status)).to.have.members([201, 409])

    // Three of six seats are everybody's; whoever comes then waits, and reads why.
    const others = [await plays('game', 5), await plays('game', 4), await plays('game', 3)]
    const waiter = await line.player()
    const { id } = await waiter.create({ titleId: 'game' })
    const window = await line.watch(waiter, id)
    await window.view(id, isIn('waiting'))
    const report = (await waiter.request('GET', `/api/sessions/${id}/placement`)).body as PlacementReport
    expect(report.candidates.map(({ ruledOut, seatsFree }) => [ruledOut, seatsFree])).to.deep.equal([
      ['held', 3],
    ])
    expect(report.inWords).to.match(
      /^No node can take you: Test site is held for an event until \d\d:\d\d UTC\.$/,
    )

    // A player of the event passes by the line.
    await plays('quest', 2)
    expect(await seen(event)).to.include({ holding: 3, used: 1, players: 1 })

    await line.restart({ operatorToken })
    node = await line.connect({ key: node.key, seats: 6, sessions: node.sessions, status: { titles } })
    await node.socket.next('renew')
    const again = await line.watch(line.again(waiter), id)
    await line.pass(20_000, again)
    expect(await seen(event)).to.include({ state: 'held', holding: 3, used: 1, players: 1 })
    await plays('quest', 1)
    expect(await seen(event)).to.include({ holding: 3, used: 2, players: 2 })

    // A seat that comes free among the others goes to the line; the last of the event is still its own.
    const [first] = others
    if (first === undefined) throw new Error('nobody plays')
    node.tell(first.session.sessionId, { kind: 'end', reason: 'game-exited', detail: null, atMs: 1 })
    node.sessions.delete(first.session.sessionId)
    await tell(2)
    expect((await line.passing(node.acceptReserve())).sessionId).equals(id)
    await tell(1, 'reserved')
    const second = await line.player()
    const late = await second.create({ titleId: 'game' })
    expect(
      (await line.passing((await line.watch(second, late.id)).view(late.id, isIn('waiting')))).wait?.why,
    ).equals('full')

    // The operator sees it and calls it off: what it held is everybody's.
    const operator = { authorization: `Bearer ${operatorToken}` }
    const all = operatorEvents.parse((await ask('GET', '/api/operator/events', undefined, operator)).body)
    expect(all.events.map((one) => [one.orgId, one.event.state])).to.deep.equal([
      [orgId, 'held'],
      [orgId, 'warming'],
    ])
    await ask('DELETE', `/api/operator/events/${event.eventId}`, undefined, operator)
    expect((await line.passing(node.acceptReserve())).sessionId).equals(late.id)
    expect(await seen(event)).to.deep.include({ state: 'cancelled', holding: 0, players: 2, mostUsed: 2 })
    const audit = (await ask('GET', `/api/account/audit/${orgId}`)).body as { entries: { action: string }[] }
    expect(audit.entries.map(({ action }) => action)).to.include('event-cancelled-by-operator')
  }).timeout(30_000)
})
