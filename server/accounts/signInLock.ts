import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { subscriberOf } from '../placement/routing/prefix.ts'
import type { AccountStore } from '../store/accountStore.ts'
import { afterAttempt, forgetAfterMs, ownRule, strangersRule, waitOf } from './lockOut.ts'

/** Slows down who guesses passwords, whether or not there is such an account. */
export interface SignInLock {
  /** Counts an attempt. @param device of a browser that has signed in to it before @returns ms to wait; 0: go on */
  attempt(who: Attempting): Promise<number>
  /** It was the right password. */
  succeeded(who: Attempting): Promise<void>
}

export interface Attempting {
  readonly email: string
  readonly device: string | null
  readonly address: string
}

/** What stands for an address in keys and cookies, so that neither holds it. */
export const emailDigest = (email: string): string =>
  createHash('sha256').update(email.trim().toLowerCase()).digest('hex')

export function createSignInLock(
  store: Pick<AccountStore, 'attempt' | 'clearAttempts' | 'forgetAttempts'>,
  clock: Clock,
): SignInLock {
  let sweptAtMs = clock.now()

  const keysOf = ({ email, device, address }: Attempting): readonly [string, ...string[]] => {
    const account = emailDigest(email)
    return device === null
      ? [`own:${account}:${subscriberOf(address)}`, `all:${account}`]
      : [`own:${account}:device:${device}`]
  }

  return {
    async attempt(who) {
      const nowMs = clock.now()
      if (nowMs - sweptAtMs > forgetAfterMs) {
        sweptAtMs = nowMs
        await store.forgetAttempts(nowMs - forgetAfterMs)
      }
      return store.attempt(keysOf(who), (before) => {
        const waitMs = Math.max(...before.map((one) => waitOf(one, nowMs)))
        if (waitMs > 0) return { attempts: null, waitMs }
        const attempts = before.map((one, index) =>
          afterAttempt(one, index === 0 ? ownRule : strangersRule, nowMs),
        )
        return { attempts, waitMs: 0 }
      })
    },
    succeeded: (who) => store.clearAttempts(keysOf(who)),
  }
}
