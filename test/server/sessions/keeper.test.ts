import { expect } from 'chai'
import { createKeeper } from '../../../server/sessions/keeper.ts'
import { createMemoryStore } from '../leases/memoryStore.ts'
import { createManualClock } from '../support/manualClock.ts'

describe('the keeper of live sessions', () => {
  it('lets no timer run on after it was closed, also where a step was in work', async () => {
    const { store } = createMemoryStore()
    const clock = createManualClock()
    const timers = new Set<object>()
    let write = (): void => {}
    const written = new Promise<void>((resolve) => {
      write = resolve
    })
    const keeper = createKeeper(
      {
        store: {
          sessions: {
            ...store.sessions,
            async advance(change: never) {
              await written
              return store.sessions.advance(change)
            },
          },
        },
        clock: {
          ...clock,
          after(delayMs: number, action: () => void) {
            const timer = {}
            const cancel = clock.after(delayMs, action)
            timers.add(timer)
            return () => {
              timers.delete(timer)
              cancel()
            }
          },
        },
        catalogue: { of: () => null },
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
        settings: { graceMs: 1_000, startTimeoutMs: 1_000, confirmMs: 1_000 },
      } as never,
      () => null,
    )
    const creation = await store.sessions.create({ id: 's', guestId: 'g', request: {} } as never, 9)
    if (creation.kind !== 'created') throw new Error(creation.kind)
    const live = keeper.adopt(creation.session)
    const seated = live.run(() =>
      keeper.advanceBy(
        live,
        [
          { kind: 'place', nodeId: 'n' },
          { kind: 'reserve', leaseId: 'l', fence: 1 },
        ],
        null,
      ),
    )
    const paused = keeper.pause(1_000)
    const closed = keeper.close()
    write()
    expect(await seated).to.equal(true)
    await Promise.all([closed, paused, keeper.pause(1_000)])
    expect(timers.size).to.equal(0)
  })

  it('gives a check the time to play, and not for ever', async () => {
    const { store } = createMemoryStore()
    const clock = createManualClock()
    const keeper = createKeeper(
      {
        store,
        clock,
        catalogue: { of: () => null },
        fleet: { send: () => true },
        count: { ended() {} },
        quality: { record() {} },
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
        settings: { startTimeoutMs: 1_000 },
      } as never,
      () => null,
    )
    for (const [id, build] of [
      ['play', undefined],
      ['check', { version: '1.0.0', channel: 'check' }],
    ] as const) {
      const creation = await store.sessions.create({ id, guestId: id, build, request: {} } as never, 9)
      if (creation.kind !== 'created') throw new Error(creation.kind)
      const live = keeper.adopt(creation.session)
      await live.run(() =>
        keeper.advanceBy(
          live,
          [
            { kind: 'place', nodeId: 'n' },
            { kind: 'reserve', leaseId: 'l', fence: 1 },
          ],
          null,
        ),
      )
    }
    const afterMs = async (ms: number): Promise<readonly string[]> => {
      clock.pass(ms)
      await new Promise(setImmediate)
      return keeper.all().map(({ row }) => row.id)
    }
    expect(await afterMs(60_000)).to.deep.equal(['check'])
    expect(await afterMs(80_000)).to.deep.equal([])
    await keeper.close()
  })
})
