import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Saves } from './saves.ts'

const everyMs = 3_600_000

/** Sweeps every hour until it is closed. */
export function startSweeping(
  saves: Pick<Saves, 'sweep'>,
  clock: Clock,
  log: Log,
): { close(): Promise<void> } {
  let running: Promise<void> = Promise.resolve()
  let cancel = (): void => {}
  const arm = (): void => {
    cancel = clock.after(everyMs, () => {
      running = saves
        .sweep()
        .catch((cause: unknown) => log.error({ err: cause }, 'old saves could not be removed'))
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
