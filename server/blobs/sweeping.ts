import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'

const everyMs = 3_600_000

/** Sweeps every hour until it is closed. @param what for the log, such as `saves` */
export function startSweeping(
  what: string,
  { sweep }: { sweep(): Promise<number> },
  clock: Clock,
  log: Log,
): { close(): Promise<void> } {
  let running: Promise<void> = Promise.resolve()
  let cancel = (): void => {}
  const arm = (): void => {
    cancel = clock.after(everyMs, () => {
      running = sweep()
        .catch((cause: unknown) => log.error({ err: cause }, `old ${what} could not be removed`))
        .then(arm)
    })
  }
  arm()
  return {
    async close() {
      cancel()
      await running
      cancel()
    },
  }
}
