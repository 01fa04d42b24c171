import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Pricing } from './pricing.ts'
import { inSlices } from './steps.ts'

/** Seats come and go; who asks where changes within a quarter of an hour. */
const renewEveryMs = 60_000

/** Renews the prices every minute. @param rest lets other work go on */
export function keepPrices(
  pricing: Pick<Pricing, 'renew'>,
  clock: Pick<Clock, 'after' | 'monotonic'>,
  log: Pick<Log, 'error'>,
  rest: () => Promise<unknown>,
): { close(): Promise<void> } {
  let isClosed = false
  let cancel = (): void => {}
  let renewing: Promise<unknown> = Promise.resolve()

  function later(): void {
    cancel = clock.after(renewEveryMs, () => {
      later()
      renewing = renewing
        .then(() => inSlices(pricing.renew(), clock.monotonic, rest, () => !isClosed))
        .catch((cause: unknown) => log.error({ err: cause }, 'prices could not be renewed'))
    })
  }

  later()
  return {
    async close() {
      isClosed = true
      cancel()
      await renewing
    },
  }
}
