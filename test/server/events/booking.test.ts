import { expect } from 'chai'
import fc from 'fast-check'
import { NearcadeError } from '../../../config/errors.ts'
import type { EventChange, EventWhere, NewEvent } from '../../../config/protocol/events.ts'
import { type BookedEvent, isOpen, seatsLeft } from '../../../server/events/event.ts'
import { type Events, openEvents } from '../../../server/events/events.ts'
import { createFleetIndex } from '../../../server/placement/fleetIndex.ts'
import type { EventStore } from '../../../server/store/eventStore.ts'
import { createManualClock, type ManualClock } from '../support/manualClock.ts'
import { nodeOf } from '../support/nodes.ts'
import { titleJson } from '../support/titles.ts'

const hour = 3_600_000
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } as never
const limits = {
  mostAheadMs: 100 * hour,
  mostLengthMs: 10 * hour,
  mostOpen: 5,
  sharePercent: 50,
  warmUpMs: hour,
}
/** By site: half of them may be booked. */
const seatsOf = { oslo: 8, rome: 4, lima: 1 } as const

/** A store as one that SQL stands behind: whoever books sees all others. */
function memoryEvents(): { store: EventStore; rows: Map<string, BookedEvent> } {
  const rows = new Map<string, BookedEvent>()
  const open = (nowMs: number): BookedEvent[] => [...rows.values()].filter((event) => isOpen(event, nowMs))
  return {
    rows,
    store: {
      async book({ orgId, idempotencyKey }, nowMs, complete) {
        const before = [...rows.values()].find(
          (event) => event.orgId === orgId && event.idempotencyKey === idempotencyKey,
        )
        if (before !== undefined) return { event: before, isNew: false }
        const event = complete(open(nowMs))
        rows.set(event.id, event)
        return { event, isNew: true }
      },
      async change(id, nowMs, edit) {
        const event = rows.get(id)
        if (event === undefined) return null
        const next = edit(
          event,
          open(nowMs).filter((other) => other.id !== id),
        )
        rows.set(id, next)
        return next
      },
      find: async (id) => rows.get(id) ?? null,
      open: async (nowMs) => open(nowMs),
      past: async (orgId, nowMs, most) =>
        [...rows.values()]
          .filter((event) => event.orgId === orgId && !isOpen(event, nowMs))
          .sort((a, b) => b.fromMs - a.fromMs)
          .slice(0, most),
      async note({ id, ...change }) {
        const event = rows.get(id)
        if (event !== undefined) rows.set(id, { ...event, ...change })
      },
    },
  }
}

async function openWorld(clock: ManualClock, waiting = 0) {
  const { store, rows } = memoryEvents()
  const index = createFleetIndex()
  for (const [name, seats] of Object.entries(seatsOf))
    index.put(
      nodeOf(name, {
        siteName: name,
        siteId: name,
        lat: name === 'lima' ? -12 : 50,
        lon: name === 'lima' ? -77 : 10,
        seats,
        seatsFree: seats,
        titles: [{ id: 'quest', version: '1.0.0' }],
      }),
    )
  const plays = [
    { region: 'rome', plays: 30 },
    { region: 'oslo', plays: 10 },
  ]
  const manifest = titleJson('quest')
  const events = await openEvents({
    store,
    titles: {
      find: async () => ({ orgId: 'org' }),
      versions: async () => [{ manifest }],
      playFigures: async () => ({ groups: plays }),
    } as never,
    catalogue: { live: () => ({ manifest, build: { version: '1.0.0', channel: 'live' } }) },
    fleet: { index },
    wanting: () => waiting,
    onChange: () => {},
    limits,
    clock,
    log: quiet,
    rest: async () => {},
  })
  return { events, rows, index }
}

const wish = (
  where: EventWhere,
  fromMs: number,
  toMs: number,
  key: string,
  more: Partial<NewEvent> = {},
) => ({
  idempotencyKey: key,
  titleId: 'quest',
  name: 'Finals',
  fromMs,
  toMs,
  where,
  ...more,
})
const at = (siteId: string, seats: number): EventWhere => ({ kind: 'sites', sites: [{ siteId, seats }] })
const codeOf = async (task: Promise<unknown>): Promise<string> =>
  task.then(
    () => 'done',
    (failure: unknown) => (failure instanceof NearcadeError ? failure.code : String(failure)),
  )

describe('booking seats for an event', () => {
  let clock: ManualClock
  let events: Events
  let rows: Map<string, BookedEvent>
  beforeEach(async () => {
    clock = createManualClock(1_800_000_000_000)
    ;({ events, rows } = await openWorld(clock))
  })
  afterEach(() => events.close())
  const from = (hours: number): number => clock.now() + hours * hour

  it('books each seat once at any time, whatever is booked, changed, given back and called off', async () => {
    const where = fc.oneof(
      fc.record({
        kind: fc.constant('sites' as const),
        sites: fc.array(
          fc.record({
            siteId: fc.constantFrom('oslo', 'oslo', 'rome', 'lima'),
            seats: fc.integer({ min: 1, max: 3 }),
          }),
          { minLength: 1, maxLength: 2 },
        ),
      }),
      fc.record({ kind: fc.constant('players' as const), seats: fc.integer({ min: 1, max: 4 }) }),
    )
    const book = fc.record({
      do: fc.constant('book' as const),
      where,
      begin: fc.integer({ min: 0, max: 6 }),
      long: fc.integer({ min: 1, max: 4 }),
    })
    const step = fc.oneof(
      book,
      book,
      book,
      fc.record({ do: fc.constant('cancel' as const), which: fc.nat(9) }),
      fc.record({
        do: fc.constant('change' as const),
        which: fc.nat(9),
        begin: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
        long: fc.integer({ min: 1, max: 4 }),
        seats: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      }),
      fc.record({ do: fc.constant('pass' as const), hours: fc.integer({ min: 1, max: 3 }) }),
    )
    let booked = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 25 }), async (steps) => {
        const now = createManualClock(1_800_000_000_000)
        const world = await openWorld(now)
        const idOf = (which: number): string =>
          [...world.rows.keys()][which % Math.max(1, world.rows.size)] ?? ''
        for (const [number, one] of steps.entries()) {
          const nowMs = now.now()
          const refused = async (task: Promise<unknown>): Promise<void> => {
            expect(await codeOf(task)).not.to.match(/Error/)
          }
          if (one.do === 'pass') {
            now.jump(one.hours * hour)
            now.pass(1000)
          } else if (one.do === 'cancel') await refused(world.events.cancel('org', idOf(one.which)))
          else if (one.do === 'book') {
            const fromMs = nowMs + one.begin * hour
            const made = await codeOf(
              world.events.book(
                'org',
                wish(one.where, fromMs, fromMs + one.long * hour, `k${number}`),
                'Ada',
              ),
            )
            expect(made).not.to.match(/Error/)
            if (made === 'done') booked += 1
          } else {
            const fromMs = one.begin === undefined ? undefined : nowMs + one.begin * hour
            const change: EventChange = {
              ...(fromMs === undefined ? {} : { fromMs, toMs: fromMs + one.long * hour }),
              ...(one.seats === undefined ? {} : { seats: one.seats }),
            }
            await refused(world.events.change('org', idOf(one.which), change))
          }
          const open = [...world.rows.values()].filter((event) => isOpen(event, now.now()))
          expect(open.length).to.be.at.most(limits.mostOpen)
          for (const { fromMs } of open)
            for (const [siteId, seats] of Object.entries(seatsOf)) {
              const booked = open
                .filter((event) => event.fromMs <= fromMs && fromMs < event.toMs)
                .flatMap((event) => event.sites.filter((of) => of.siteId === siteId).map(seatsLeft))
                .reduce((sum, count) => sum + count, 0)
              expect(booked, `${siteId} at ${fromMs}`).to.be.at.most(seats / 2)
            }
        }
        await world.events.close()
      }),
      { numRuns: 100 },
    )
    expect(booked, 'many were').to.be.above(300)
  })

  it('counts bookings that follow each other once, and tells what is left and when the rest is taken', async () => {
    await events.book('org', wish(at('oslo', 4), from(2), from(4), 'a'), 'Ada')
    await events.book('org', wish(at('oslo', 4), from(4), from(6), 'b'), 'Ada')
    expect(await codeOf(events.book('org', wish(at('oslo', 1), from(3), from(5), 'c'), 'Ada'))).equals(
      'event-no-room',
    )
    const { sites } = await events.room('org', 'quest', from(3), from(5))
    expect(sites.find(({ siteId }) => siteId === 'oslo')).to.deep.include({
      seats: 8,
      bookable: 0,
      taken: [
        { fromMs: from(2), toMs: from(4), seats: 4 },
        { fromMs: from(4), toMs: from(6), seats: 4 },
      ],
    })
    const later = await events.room('org', 'quest', from(6), from(7))
    expect(later.sites.map(({ siteName, bookable }) => [siteName, bookable])).to.deep.equal([
      ['lima', 0],
      ['oslo', 4],
      ['rome', 2],
    ])
  })

  it('makes one booking of a request that comes again', async () => {
    const asked = wish(at('rome', 2), from(1), from(2), 'again')
    const [one, two] = [await events.book('org', asked, 'Ada'), await events.book('org', asked, 'Ada')]
    expect([one.isNew, two.isNew, two.event.eventId]).to.deep.equal([true, false, one.event.eventId])
    expect(rows.size).equals(1)
  })

  it('shares seats by where the title was played, or among the sites of a region', async () => {
    const { event } = await events.book(
      'org',
      wish({ kind: 'players', seats: 5 }, from(1), from(2), 'a'),
      'Ada',
    )
    expect(event.sites.map(({ siteId, seats }) => [siteId, seats])).to.deep.equal([
      ['oslo', 3],
      ['rome', 2],
    ])
    const there = wish({ kind: 'regions', regions: ['Europe'], seats: 6 }, from(3), from(4), 'b')
    expect((await events.book('org', there, 'Ada')).event.seats).equals(6)
    const more = wish({ kind: 'regions', regions: ['Europe'], seats: 7 }, from(5), from(6), 'c')
    expect(await codeOf(events.book('org', more, 'Ada'))).equals('event-no-room')
  })

  it('leaves the seats alone that somebody in line waits for now', async () => {
    const world = await openWorld(clock, 7)
    const soon = await world.events.room('org', 'quest', from(0), from(1))
    expect(soon.sites.find(({ siteId }) => siteId === 'oslo')?.bookable).equals(1)
    const later = await world.events.room('org', 'quest', from(2), from(3))
    expect(later.sites.find(({ siteId }) => siteId === 'oslo')?.bookable).equals(4)
    await world.events.close()
  })

  it('refuses what is too far ahead, too long, over or the wrong way round, and says all that is wrong', async () => {
    for (const [fromHours, toHours, faults] of [
      [-1, 1, ['fromMs']],
      [200, 201, ['fromMs']],
      [1, 12, ['toMs']],
      [2, 1, ['toMs']],
      [200, 250, ['fromMs', 'toMs']],
    ] as const) {
      const failure: unknown = await events
        .book('org', wish(at('oslo', 1), from(fromHours), from(toHours), 'x'), 'Ada')
        .catch((cause: unknown) => cause)
      expect(failure).to.be.instanceOf(NearcadeError).and.to.have.property('code', 'event-refused')
      expect((failure as NearcadeError).details.map((detail) => detail.replace(/:.*/, ''))).to.deep.equal(
        faults,
      )
    }
  })

  it('shows nobody the booking of another organisation, and lets nobody else end it', async () => {
    const { event } = await events.book('org', wish(at('oslo', 1), from(1), from(2), 'a'), 'Ada')
    for (const task of [
      events.find('other', event.eventId),
      events.cancel('other', event.eventId),
      events.find('org', 'none'),
    ])
      expect(await codeOf(task)).equals('event-not-found')
    expect((await events.list('other', null)).events).to.deep.equal([])
  })

  it('warms its sites up before it begins, holds seats while it lasts and gives them back at its end', async () => {
    const asked = wish(at('oslo', 3), from(3), from(5), 'a', { giveBackAfterMs: hour })
    const { event } = await events.book('org', asked, 'Ada')
    const view = async () => events.find('org', event.eventId)
    const wanted = (): number | undefined => events.wanted(new Map()).get('oslo')?.get('quest')
    const stranger = { titleId: 'other', build: { version: '1', channel: 'live' } as const }
    const held = (): number =>
      events.holds
        .against(stranger)?.('oslo')
        .reduce((sum, { seats }) => sum + seats, 0) ?? 0
    expect([(await view()).state, wanted(), held()]).to.deep.equal(['booked', undefined, 0])
    clock.pass(2 * hour)
    expect([(await view()).state, wanted(), held()]).to.deep.equal(['warming', 3, 0])
    clock.pass(hour + 1000)
    expect([(await view()).state, (await view()).holding, held()]).to.deep.equal(['held', 3, 3])
    const player = { id: 's', titleId: 'quest', build: { version: '1.0.0', channel: 'live' } as const }
    events.holds.seated(player, 'oslo', true)
    events.holds.seated(player, 'oslo', true)
    expect([(await view()).used, (await view()).players, held()]).to.deep.equal([1, 1, 2])
    clock.pass(hour + 1000)
    expect(await view(), 'nobody came for two of them').to.include({ givenBack: 2, holding: 1, mostUsed: 1 })
    clock.pass(hour)
    expect([(await view()).state, held(), wanted()]).to.deep.equal(['over', 0, undefined])
    const [over] = (await events.list('org', 'quest')).events
    expect(over).to.include({ state: 'over', players: 1, mostUsed: 1, seats: 3 })
  })

  it('counts only who comes by the link of an event that has one', async () => {
    const asked = wish(at('oslo', 3), from(0), from(2), 'a', { entry: 'link' })
    const { event } = await events.book('org', asked, 'Ada')
    clock.pass(1000)
    const build = { version: '1.0.0', channel: 'live' } as const
    const isOwn = (eventToken?: string): boolean | undefined =>
      events.holds.against({
        titleId: 'quest',
        build,
        request: eventToken === undefined ? {} : { eventToken },
      })?.('oslo')[0]?.isOwn
    expect([isOwn(), isOwn('another'), isOwn(event.linkToken ?? '')]).to.deep.equal([false, false, true])
    const sent = wish(at('rome', 1), from(0), from(2), 'b', { entry: 'launch' })
    const launch = (await events.book('org', sent, 'Ada')).event
    expect(launch.linkToken).equals(null)
    const request = { titleId: 'quest' } as never
    expect(events.admit(request, { guestId: 'g', launchedFor: null })).to.deep.equal({ titleId: 'quest' })
    expect(events.admit(request, { guestId: 'g', launchedFor: 'quest' })).to.have.property('eventToken')
  })
})
