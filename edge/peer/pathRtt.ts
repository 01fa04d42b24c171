import { ntpOf } from './headerExtensions.ts'

/** The last two words of a report block (RFC 3550 section 6.4.1), both in units of 1/65536 s. */
export interface ReportTimes {
  /** The middle 32 bits of our NTP time in the last sender report that came. */
  readonly lastReport: number
  /** From its arrival to this answer. */
  readonly delay: number
}

/** How far away the browser is, by its own reports on what we sent: a question and its answer, once a second for each stream. */
export interface PathRtt {
  /** @param atMs when it came, on the clock of our sender reports */
  report(times: ReportTimes, atMs: number): void
  /** The least of the last five to ten minutes; null where none has come. */
  readonly leastMs: number | null
  /** How many have come on this path. */
  readonly samples: number
  /** The path is another one. */
  reset(): void
}

/** What is least over this time is the path; what is longer was a queue. A path that got longer is known after twice that. */
const windowMs = 5 * 60_000
/** Longer than that is an answer to something else. */
const mostMs = 10_000
const unitsPerMs = 65.536

const middleOf = (wallMs: number): number => Number((ntpOf(wallMs) >> 16n) & 0xffff_ffffn)

export function createPathRtt(): PathRtt {
  let least = Number.POSITIVE_INFINITY
  let leastBefore = Number.POSITIVE_INFINITY
  let sinceMs = 0
  let samples = 0

  return {
    report({ lastReport, delay }, atMs) {
      // No sender report has come yet.
      if (lastReport === 0) return
      const rttMs = ((middleOf(atMs) - lastReport - delay) >>> 0) / unitsPerMs
      if (rttMs === 0 || rttMs > mostMs) return
      if (samples === 0) sinceMs = atMs
      if (atMs - sinceMs >= windowMs) {
        leastBefore = least
        least = Number.POSITIVE_INFINITY
        sinceMs = atMs
      }
      least = Math.min(least, rttMs)
      samples += 1
    },
    get leastMs() {
      const leastMs = Math.min(least, leastBefore)
      return leastMs === Number.POSITIVE_INFINITY ? null : leastMs
    },
    get samples() {
      return samples
    },
    reset() {
      least = Number.POSITIVE_INFINITY
      leastBefore = Number.POSITIVE_INFINITY
      samples = 0
    },
  }
}
