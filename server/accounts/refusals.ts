import type { Clock } from '../clock.ts'

const hourMs = 3_600_000
/** Of one hour: pairs of an account and a network that are told apart. */
const maxPairs = 200

/**
 * Which wrong passwords are worth a line of a log that only grows: of each account and network the first of an hour, then the tenth, the
 * hundredth and so on. Beyond so many pairs an hour all others count as one.
 */
export interface Refusals {
  /** @returns what to write, or null: nothing */
  count(account: string, network: string): string | null
}

export function createRefusals(clock: Pick<Clock, 'now'>): Refusals {
  let hour = Number.NEGATIVE_INFINITY
  const counts = new Map<string, number>()
  return {
    count(account, network) {
      const now = Math.floor(clock.now() / hourMs)
      if (now !== hour) counts.clear()
      hour = now
      const pair = `${account} ${network}`
      const isToldApart = counts.has(pair) || counts.size < maxPairs
      const key = isToldApart ? pair : ''
      const many = (counts.get(key) ?? 0) + 1
      counts.set(key, many)
      if (!/^10*$/.test(String(many))) return null
      const who = isToldApart ? account : 'many'
      return many === 1 ? who : `${who} ${many} times`
    },
  }
}
