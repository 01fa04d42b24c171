import type { RateBounds } from './controller.ts'
import type { Usage } from './overuse.ts'

export interface DelayRateInput {
  readonly usage: Usage
  /** What the receiver got of late; null while unknown. */
  readonly ackedBps: number | null
  /** Too little is sent to learn anything from what arrives. */
  readonly applicationLimited: boolean
  readonly rttMs: number
  readonly nowMs: number
}

/** Additive increase, multiplicative decrease (draft-ietf-rmcat-gcc-02, 5.5): the rate at which the queue does not grow. */
export interface DelayRate {
  readonly bps: number
  update(input: DelayRateInput): void
  /** A probe got so much through. `saturated`: and not more. */
  probed(bps: number, saturated: boolean): void
  /** Never grows above the upper bound; one that comes down later does not undo what was learnt. */
  setBounds(bounds: RateBounds): void
  set(bps: number): void
}

const DECREASE = 0.85
/** At most halved in one step, as steps follow each other fast: a radio that stalls for 100 ms has not lost its capacity. */
const LEAST_STEP = 0.5
/** A second, while far from the rate where the queue grew last. */
const INCREASE = 1.08
const LONGEST_STEP_MS = 1000
/** Near that rate: a packet more for each response time, as TCP would. */
const PACKET_BITS = 1200 * 8
const RESPONSE_MS = 100
/** What arrives is a lower bound of what could: up to half as much more is fair to try. */
const ABOVE_ACKED = 1.5
const ABOVE_ACKED_BPS = 10_000
/** Around the mean of the rates at which the queue grew, in its own deviations (draft: 3). */
const DEVIATIONS = 3
const CAPACITY_MEMORY = 0.05
const AGREES = 0.15

export function createDelayRate(first: RateBounds): DelayRate {
  let bounds = first
  let bps = first.startBps
  let increasedAtMs: number | null = null
  let decreasedAtMs = Number.NEGATIVE_INFINITY
  /** Where the queue grew: mean, and variance as a share of the mean. */
  let capacity: { readonly bps: number; readonly variance: number } | null = null

  const spreadBps = (mean: number, variance: number) => DEVIATIONS * Math.sqrt(variance * mean)

  function learnCapacity(sampleBps: number): void {
    if (
      capacity === null ||
      Math.abs(sampleBps - capacity.bps) > spreadBps(capacity.bps, capacity.variance)
    ) {
      capacity = { bps: sampleBps, variance: 0.005 * sampleBps }
      return
    }
    const mean = capacity.bps + CAPACITY_MEMORY * (sampleBps - capacity.bps)
    const error = (sampleBps - mean) ** 2 / mean
    const variance = capacity.variance + CAPACITY_MEMORY * (error - capacity.variance)
    capacity = { bps: mean, variance: Math.min(0.01 * mean, Math.max(0.001 * mean, variance)) }
  }

  function increase({ ackedBps, applicationLimited, rttMs, nowMs }: DelayRateInput): void {
    const sinceMs = Math.min(nowMs - (increasedAtMs ?? nowMs), LONGEST_STEP_MS)
    increasedAtMs = nowMs
    if (ackedBps === null || applicationLimited) return
    if (capacity !== null && ackedBps > capacity.bps + spreadBps(capacity.bps, capacity.variance))
      capacity = null
    const grown =
      capacity === null
        ? bps * INCREASE ** (sinceMs / 1000)
        : bps + (PACKET_BITS * sinceMs) / (rttMs + RESPONSE_MS)
    const limit = Math.min(bounds.maxBps, ABOVE_ACKED * ackedBps + ABOVE_ACKED_BPS)
    bps = Math.max(bps, Math.min(grown, limit))
  }

  /** Once for each time that a decrease takes to show, or at once when far less gets through. */
  function mayDecrease({ ackedBps, rttMs, nowMs }: DelayRateInput): boolean {
    const waitMs = Math.min(200, Math.max(10, rttMs))
    return nowMs - decreasedAtMs >= waitMs || (ackedBps !== null && ackedBps < bps / 2)
  }

  function decrease(input: DelayRateInput): void {
    if (input.ackedBps === null || !mayDecrease(input)) return
    decreasedAtMs = input.nowMs
    const wanted = Math.max(DECREASE * input.ackedBps, LEAST_STEP * bps)
    // Of a stream that sends little, what arrives is not the capacity.
    if (!input.applicationLimited && input.ackedBps < bps * 1.2) learnCapacity(input.ackedBps)
    bps = Math.min(bps, wanted)
  }

  return {
    get bps() {
      return bps
    },
    update(input) {
      if (input.usage === 'overuse') {
        increasedAtMs = input.nowMs
        decrease(input)
      } else if (input.usage === 'normal') increase(input)
      else increasedAtMs = input.nowMs
      bps = Math.max(bps, bounds.minBps)
    },
    probed(probedBps, saturated) {
      // Jitter stretches a probe: only one that agrees with the rate says that this is all there is.
      if (saturated && Math.abs(probedBps - bps) < AGREES * bps) learnCapacity(probedBps)
      else if (!saturated && capacity !== null && probedBps > capacity.bps) capacity = null
      bps = Math.max(bps, Math.min(probedBps, bounds.maxBps))
    },
    setBounds(wanted) {
      bounds = wanted
      bps = Math.max(bps, bounds.minBps)
    },
    set(wanted) {
      bps = Math.min(bounds.maxBps, Math.max(bounds.minBps, wanted))
      capacity = null
    },
  }
}
