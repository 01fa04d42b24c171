import { expect } from 'chai'
import { emptyQueue, enqueue, type Queue } from '../../../server/queue/queue.ts'
import type { LiveSession } from '../../../server/sessions/live.ts'
import { createServing } from '../../../server/sessions/serving.ts'

describe('serving a long line', () => {
  it('keeps the seats of a site for those in line as long as there are no more than they, by that site’s nodes alone', () => {
    const at = new Map([
      ['Frankfurt', 2],
      ['Tokyo', 3],
    ])
    const nodeOf = (siteId: string) => ({
      nodeId: siteId,
      siteId,
      seatsFree: at.get(siteId) ?? 0,
      draining: false,
    })
    const serving = createServing(
      {
        fleet: { index: { at: (siteId: string) => [nodeOf(siteId)], find: nodeOf } },
        holds: {
          // Of the seats of Tokyo one is held for an event, which is this player's where they are of it.
          against:
            ({ titleId }: { titleId: string }) =>
            (siteId: string) =>
              titleId === 'none' || siteId !== 'Tokyo' ? [] : [{ seats: 1, isOwn: titleId === 'event' }],
        },
      } as never,
      {} as never,
      {} as never,
      { queue: { size: 1 }, wanting: (siteId: string) => (siteId === 'Oslo' ? 0 : 2) } as never,
      {} as never,
    )
    const isWanted = (titleId: string) =>
      ['Frankfurt', 'Tokyo', 'Oslo'].map((siteId) => serving.isWanted(siteId, { row: { titleId } } as never))
    expect(isWanted('none')).to.deep.equal([true, false, false])
    expect(isWanted('other'), 'what is held is for nobody in line').to.deep.equal([true, true, false])
    expect(isWanted('event'), 'but for who is of the event').to.deep.equal([true, false, false])
  })

  it('asks for no seat that is held for an event by now, whatever was decided a moment ago', async () => {
    let asked = 0
    const row = { state: { kind: 'waiting' }, request: { codecs: [] } }
    const live = { row, wait: { busy: null } } as unknown as LiveSession
    const serving = (mayHave: boolean) =>
      createServing(
        {
          fleet: {
            async reserve() {
              asked += 1
              return { ok: false, why: 'full' }
            },
          },
          log: { info: () => {} },
          settings: {},
        } as never,
        {
          isClosing: false,
          background: async (_live: unknown, task: () => Promise<void>) => task(),
        } as never,
        { mayHave: () => mayHave, refused: () => {} } as never,
        { queue: emptyQueue } as never,
        {} as never,
      )
    for (const mayHave of [true, false])
      expect(await serving(mayHave).seat(live, {} as never, 'node')).to.equal(false)
    expect(asked).to.equal(1)
  })

  it('decides once for each of those who cannot use a seat that is free, however often nodes tell of it', async () => {
    const size = 2_000
    const lives = new Map<string, LiveSession>()
    let queue: Queue = emptyQueue
    for (let number = 0; number < size; number += 1) {
      const sessionId = `s${number}`
      const guestId = `g${number}`
      const place = { region: `${number % 50}`, seatClass: '720p60', sinceMs: number }
      queue = enqueue(queue, { sessionId, guestId, ...place })
      const wait = { prospect: { reach: new Set(['Frankfurt']) }, refusedUntilMs: new Map(), busy: null }
      lives.set(sessionId, { row: { id: sessionId, guestId }, wait } as never)
    }
    const pauses: (() => void)[] = []
    const decided: number[] = []
    const serving = createServing(
      {
        clock: { now: () => 0 },
        fleet: {
          index: {
            supply: () => [{ id: 'Tokyo', seats: 1, seatsFree: 1 }],
            find: () => ({ nodeId: 'tokyo', siteId: 'Tokyo', seats: 1, seatsFree: 1, draining: false }),
          },
        },
        pricing: { of: () => null },
      } as never,
      {
        find: (id: string) => lives.get(id) ?? null,
        isClosing: false,
        pause: () => new Promise<void>((resolve) => void pauses.push(resolve)),
      } as never,
      {
        weigh() {
          decided[decided.length - 1] = (decided.at(-1) ?? 0) + 1
          return { candidates: [{ nodeId: 'tokyo', siteId: 'Tokyo', ruledOut: 'too-far' }] }
        },
      } as never,
      { queue } as never,
      {} as never,
    )
    serving.soon()
    for (let rounds = 0; rounds < 50; rounds += 1) {
      decided.push(0)
      pauses.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
      // A node says how it is.
      serving.soon()
    }
    expect(Math.max(...decided)).to.be.at.most(200)
    expect(decided.reduce((sum, count) => sum + count)).to.equal(size)
  })
})
