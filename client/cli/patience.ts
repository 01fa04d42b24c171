import { backoffMs } from '../player/backoff.ts'
import { Fault } from './fault.ts'

/** Time and chance, which tests bring themselves. */
export interface Pauses {
  nowMs(): number
  /** 0 to 1. */
  random(): number
  /** @throws the signal's reason */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>
}

export interface Patience extends Pauses {
  /** Of one thing, from its first failure on. */
  readonly giveUpMs: number
  readonly signal?: AbortSignal | undefined
  /** It did not work and is tried again. */
  onTrouble?(fault: Fault, attempt: number): void
}

/** What another try can mend, of what a router says. */
const passing = new Set(['too-many-requests', 'too-many-messages', 'internal', 'router-unreachable'])

export const isPassing = (failure: unknown): failure is Fault =>
  failure instanceof Fault && (failure.kind === 'unreachable' || passing.has(failure.code))

/** Does it again while that may help, ever more slowly and never at the same time as everybody else. @throws what it threw last */
export async function patiently<T>(task: () => Promise<T>, patience: Patience): Promise<T> {
  const { giveUpMs, signal, nowMs, random, wait } = patience
  let sinceMs: number | null = null
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted()
    try {
      return await task()
    } catch (failure) {
      signal?.throwIfAborted()
      if (!isPassing(failure)) throw failure
      sinceMs ??= nowMs()
      const pauseMs = backoffMs(attempt, random())
      if (nowMs() - sinceMs + pauseMs > giveUpMs) throw failure
      patience.onTrouble?.(failure, attempt)
      await wait(pauseMs, signal)
    }
  }
}
