import { NearcadeError } from '../../config/errors.ts'
import type { NodeClock } from '../agent/nodeClock.ts'
import { backoffMs } from '../uplink/backoff.ts'
import { Refusal } from '../uplink/signedRequests.ts'

/** Resolves after `ms`, or at once when the signal is aborted. */
export function pause(clock: Pick<NodeClock, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal.addEventListener('abort', done)
  })
}

/**
 * Tries until it succeeds.
 * @throws what the last attempt threw: when the router refuses for good or its answer is no use, after `patienceMs`, or when the signal is aborted
 */
export async function patiently<T>(
  task: () => Promise<T>,
  {
    clock,
    patienceMs,
    signal,
  }: { readonly clock: NodeClock; readonly patienceMs: number; readonly signal: AbortSignal },
): Promise<T> {
  const untilMs = clock.monotonicMs() + patienceMs
  for (let failures = 0; ; failures += 1) {
    try {
      return await task()
    } catch (cause) {
      const isFinal = cause instanceof Refusal ? !cause.isPassing : cause instanceof NearcadeError
      if (isFinal || signal.aborted || clock.monotonicMs() >= untilMs) throw cause
      await pause(clock, backoffMs(failures, Math.random()), signal)
    }
  }
}
