import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { inSlices, type Steps } from '../placement/steps.ts'

export interface TickingContext {
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  readonly log: Pick<Log, 'error'>
  /** Lets other work go on. */
  rest(): Promise<unknown>
}

/** Does the work every so often, in slices; what takes longer is not begun again before it has ended. */
export function startTicking(
  everyMs: number,
  work: () => Steps<void>,
  { clock, log, rest }: TickingContext,
): { close(): Promise<void> } {
  let isClosed = false
  let isWorking = false
  let working: Promise<unknown> = Promise.resolve()
  let cancel = clock.after(everyMs, tick)

  function tick(): void {
    cancel = clock.after(everyMs, tick)
    if (isWorking) return
    working = inSlices(once(), clock.monotonic, rest, () => !isClosed).catch((cause: unknown) =>
      log.error({ err: cause }, 'what is done again and again has failed'),
    )
  }

  function* once(): Steps<void> {
    isWorking = true
    try {
      yield* work()
    } finally {
      isWorking = false
    }
  }

  return {
    async close() {
      isClosed = true
      cancel()
      await working
    },
  }
}
