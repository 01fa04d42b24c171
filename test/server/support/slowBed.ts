import { expect } from 'chai'
import { createManualClock, type ManualClock } from './manualClock.ts'

/** For work in slices: every look at the clock takes a millisecond, and nothing goes on from a rest until the test says so. */
export interface SlowBed {
  readonly clock: ManualClock
  rest(this: void): Promise<void>
  /** Notes a piece of work. @returns true */
  did(what: string): boolean
  readonly done: readonly string[]
  /** Ends the rests until nobody rests any more. */
  run(): Promise<void>
  /** Pieces of work between two rests. */
  mostAtOnce(): number
}

export function openSlowBed(): SlowBed {
  const clock = createManualClock()
  const done: string[] = []
  let resting: (() => void) | null = null
  let atRest = 0
  let most = 0
  const count = (): void => {
    most = Math.max(most, done.length - atRest)
    atRest = done.length
  }
  let spentMs = 0
  return {
    clock: { ...clock, monotonic: () => clock.monotonic() + spentMs++ },
    rest() {
      count()
      return new Promise((resolve) => {
        resting = resolve
      })
    },
    did: (what) => done.push(what) > 0,
    done,
    async run() {
      while (resting !== null) {
        const goOn: () => void = resting
        resting = null
        goOn()
        await new Promise((resolve) => setImmediate(resolve))
      }
      count()
    },
    mostAtOnce: () => most,
  }
}

/** Expects work that rests to be waited for by `close`, and no more to begin after it. */
export async function expectCleanClose(bed: SlowBed, close: () => Promise<void>): Promise<void> {
  const before = bed.done.length
  let isClosed = false
  const closing = close().then(() => {
    isClosed = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(isClosed, 'it waits for what rests').to.equal(false)
  await bed.run()
  await closing
  bed.clock.pass(60_000)
  await bed.run()
  expect(bed.done).to.have.length(before)
}
