import { expect } from 'chai'
import fc from 'fast-check'
import { InputSender } from '../../../client/player/input/sender.ts'
import { heldTimeoutMs } from '../../../config/protocol/input.ts'
import { createInputRouter } from '../../../edge/session/inputRouter.ts'

const durationMs = 3_000
const drainMs = 10_000

/**
 * Sender and router with a path between them, on one made-up clock. `keys` loses nothing and keeps its order, but a lost packet holds
 * up all that follows it until it comes again; `motion` loses and reorders.
 */
function path(options: {
  readonly motionLost: (n: number) => boolean
  readonly motionDelayMs: (n: number) => number
  readonly keysDelayMs: (n: number) => number
}) {
  const done: { what: string; atMs: number }[] = []
  const clock = { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 }
  const timers: { atMs: number; call: () => void; id: number }[] = []
  let nowMs = 0
  let timerIds = 0
  const at = (atMs: number, call: () => void): number => {
    timerIds += 1
    timers.push({ atMs, call, id: timerIds })
    return timerIds
  }
  const stop = (id: unknown): void => {
    const index = timers.findIndex((timer) => timer.id === id)
    if (index >= 0) timers.splice(index, 1)
  }
  const router = createInputRouter({
    input: { pointer: 'absolute', pad: 'none', touch: 'pointer', touchButtons: [], touchStick: null },
    clock,
    mapPad: null,
    nowMs: () => nowMs,
    onTouched: () => undefined,
    sink: {
      key: (evdev, down) => done.push({ what: `${evdev} ${down ? 'down' : 'up'}`, atMs: nowMs }),
      button: (button, down) => done.push({ what: `b${button} ${down ? 'down' : 'up'}`, atMs: nowMs }),
      pointer: () => undefined,
      move: () => undefined,
      wheel: (dx) => done.push({ what: `wheel ${dx}`, atMs: nowMs }),
      text: (text) => done.push({ what: text, atMs: nowMs }),
      releaseAll: () => undefined,
      touch: null,
      pad: null,
    },
  })
  router.attend()
  const sent = { keys: 0, motion: 0 }
  let keysFreeAtMs = 0
  const beats = new Set<number>()
  const sender = new InputSender({
    send(channel, bytes) {
      const n = sent[channel]++
      if (channel === 'keys') {
        keysFreeAtMs = Math.max(keysFreeAtMs, nowMs + options.keysDelayMs(n))
        at(keysFreeAtMs, () => router.receive('keys', bytes, nowMs))
      } else if (!options.motionLost(n))
        at(nowMs + options.motionDelayMs(n), () => router.receive('motion', bytes, nowMs))
      return true
    },
    onSent: () => undefined,
    nowMs: () => nowMs,
    setTimeout: (call, afterMs) => at(nowMs + afterMs, call),
    clearTimeout: stop,
    setInterval(call, everyMs) {
      timerIds += 1
      const beat = timerIds
      beats.add(beat)
      const again = (): void => {
        if (!beats.has(beat)) return
        call()
        at(nowMs + everyMs, again)
      }
      at(nowMs + everyMs, again)
      return beat
    },
    clearInterval: (beat) => beats.delete(beat as number),
  })
  const run = (untilMs: number): void => {
    for (;;) {
      // Of equal times, the one set first.
      const next = timers.reduce<(typeof timers)[number] | null>(
        (best, timer) => (best === null || timer.atMs < best.atMs ? timer : best),
        null,
      )
      if (next === null || next.atMs > untilMs) break
      stop(next.id)
      nowMs = next.atMs
      next.call()
    }
    nowMs = untilMs
  }
  return { sender, router, done, clock, run, at, now: () => nowMs }
}

const press = fc.record({
  evdev: fc.constantFrom(30, 31, 57),
  atMs: fc.integer({ min: 0, max: durationMs }),
  heldMs: fc.integer({ min: 1, max: 900 }),
})

describe('inputs on a path that loses', () => {
  it('reach the game each once and in order, whatever is lost or late, and nothing stays down', () => {
    fc.assert(
      fc.property(
        fc.array(press, { maxLength: 25 }),
        fc.array(fc.boolean(), { minLength: 7, maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 5, maxLength: 20 }),
        fc.array(fc.constantFrom(5, 20, 20, 450, 1200), { minLength: 5, maxLength: 20 }),
        (presses, losses, motionDelays, keysDelays) => {
          const of = <T>(list: readonly T[], n: number): T => list[n % list.length] as T
          const it = path({
            motionLost: (n) => of(losses, n),
            motionDelayMs: (n) => of(motionDelays, n),
            keysDelayMs: (n) => of(keysDelays, n),
          })
          const wanted: string[] = []
          const strike = (evdev: number, down: boolean): void => {
            if (it.sender.heldKeys.has(evdev) === down) return
            wanted.push(`${evdev} ${down ? 'down' : 'up'}`)
            it.sender.key(evdev, down, it.now())
          }
          for (const { evdev, atMs, heldMs } of presses) {
            it.at(atMs, () => strike(evdev, true))
            it.at(atMs + heldMs, () => strike(evdev, false))
          }
          it.run(durationMs + drainMs)
          for (const evdev of [30, 31, 57]) {
            const own = it.done.filter(({ what }) => what.startsWith(`${evdev} `)).map(({ what }) => what)
            expect(own).to.deep.equal(wanted.filter((what) => what.startsWith(`${evdev} `)))
          }
          expect(
            it.done.filter(({ what }) => what.endsWith('down')).map(({ what }) => what),
            'presses in their order',
          ).to.deep.equal(wanted.filter((what) => what.endsWith('down')))
          expect(it.router.holding).to.equal(false)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('a tap of 20 ms whose packets are lost reaches the game within 40 ms, not after the retransmission', () => {
    const it_ = path({ motionLost: () => false, motionDelayMs: () => 10, keysDelayMs: () => 450 })
    it_.sender.key(30, true, 0)
    it_.at(20, () => it_.sender.key(30, false, 20))
    it_.run(2_000)
    expect(it_.done.map(({ what }) => what)).to.deep.equal(['30 down', '30 up'])
    expect(it_.done.map(({ atMs }) => atMs)).to.deep.equal([18, 35])
    expect(it_.router.dropped, 'the late originals are no fault').to.deep.equal({})
  })

  it('a burst that takes the first two copies too costs 70 ms', () => {
    const it_ = path({ motionLost: (n) => n < 2, motionDelayMs: () => 10, keysDelayMs: () => 450 })
    it_.sender.key(30, true, 0)
    it_.run(90)
    expect(it_.done).to.deep.equal([{ what: '30 down', atMs: 70 }])
    it_.sender.key(30, false, 90)
    it_.run(90 + heldTimeoutMs)
    expect(it_.router.holding).to.equal(false)
  })

  it('waits for a text that is still on its way: what was typed after it comes after it', () => {
    const it_ = path({ motionLost: () => false, motionDelayMs: () => 10, keysDelayMs: () => 450 })
    it_.sender.text('hello', 0)
    it_.sender.key(28, true, 0)
    it_.run(2_000)
    expect(it_.done.map(({ what }) => what)).to.deep.equal(['hello', '28 down'])
  })
})
