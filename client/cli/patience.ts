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
const passing = new Set([
  'too-many-requests',
  'too-many-messages',
  'uploads-busy',
  'internal',
  'router-unreachable',
])

export const isPassing = (failure: unknown): failure is Fault =>
  failure instanceof Fault && (failure.kind === 'unreachable' || passing.has(failure.code))

/** How long trouble with one thing has lasted, and what is waited until the next try: ever longer, and never at the same time as everybody else. */
export interface Endurance {
  /** It goes on: what comes later is another trouble. */
  relieved(): void
  /** Waits. @throws the failure, where that has lasted for too long */
  endure(failure: Fault): Promise<void>
}

export function createEndurance(patience: Patience): Endurance {
  const { giveUpMs, signal, nowMs, random, wait } = patience
  let sinceMs: number | null = null
  let attempt = 0
  return {
    relieved() {
      sinceMs = null
      attempt = 0
    },
    async endure(failure) {
      sinceMs ??= nowMs()
      const pauseMs = backoffMs(attempt, random())
      if (nowMs() - sinceMs + pauseMs > giveUpMs) throw failure
      patience.onTrouble?.(failure, attempt)
      attempt += 1
      await wait(pauseMs, signal)
    },
  }
}

/** Does it again while that may help. @throws what it threw last */
export async function patiently<T>(task: () => Promise<T>, patience: Patience): Promise<T> {
  const { signal } = patience
  const endurance = createEndurance(patience)
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await task()
    } catch (failure) {
      signal?.throwIfAborted()
      if (!isPassing(failure)) throw failure
      await endurance.endure(failure)
    }
  }
}
