/** Attempts to sign in that were not successful so far. */
export interface Attempts {
  readonly failures: number
  readonly lastAtMs: number
  /** No attempt before. */
  readonly untilMs: number
}

export interface LockOutRule {
  /** Attempts without any wait. */
  readonly free: number
  /** Wait after the first one more; it doubles with each. */
  readonly firstMs: number
  readonly longestMs: number
}

/** Counted per account and whoever tries: a browser that has signed in before, or a network. */
export const ownRule: LockOutRule = { free: 5, firstMs: 30_000, longestMs: 3_600_000 }
/**
 * Counted per account over all who have never signed in to it. Browsers that have (they hold a cookie that says so), passkeys and the
 * link to reset a password are not bound by it: many strangers can make each other wait, never its owner.
 * After OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
 */
export const strangersRule: LockOutRule = { free: 50, firstMs: 10_000, longestMs: 900_000 }

/** After so long without an attempt everything is forgotten. */
export const forgetAfterMs = 24 * 3_600_000

/** How long an attempt now has to wait, ms; 0: it may be made. */
export const waitOf = (attempts: Attempts | null, nowMs: number): number =>
  attempts === null ? 0 : Math.max(0, attempts.untilMs - nowMs)

/** An attempt counts as failed until it succeeds, so that many at once are counted as well. */
export function afterAttempt(before: Attempts | null, rule: LockOutRule, nowMs: number): Attempts {
  const isRecent = before !== null && nowMs - before.lastAtMs < forgetAfterMs
  const failures = (isRecent ? before.failures : 0) + 1
  const over = failures - rule.free
  const waitMs = over < 0 ? 0 : Math.min(rule.longestMs, rule.firstMs * 2 ** Math.min(over, 30))
  return { failures, lastAtMs: nowMs, untilMs: nowMs + waitMs }
}
