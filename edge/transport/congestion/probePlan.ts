import type { ProbeCluster } from './controller.ts'
import type { ProbeOutcome } from './probeResult.ts'

export interface ProbeSituation {
  readonly nowMs: number
  readonly estimateBps: number
  readonly maxBps: number
  /** No queue, no silence, little loss: a probe would learn something and do little harm. */
  readonly calm: boolean
}

/** When to try more than the estimate. Without probes, 4 to 20 Mbit/s takes 20 s at 8 % a second. */
export interface ProbePlan {
  next(situation: ProbeSituation): ProbeCluster | null
  found(outcome: ProbeOutcome): void
  /** The rate had to come down: the way back is tried soon. */
  dropped(nowMs: number): void
  /** Try this next: what the path carried before. */
  hint(bps: number): void
  /** As at the start. */
  restart(): void
}

/** Times the start rate, one after the other (libwebrtc: 3 and 6). */
const FIRST = [3, 6]
/** A probe that got this share of its rate through is followed by one twice as fast (libwebrtc: 0.7). */
const GO_ON = 0.7
const FACTOR = 2
const EVERY_MS = 1500
const AFTER_DROP_MS = 500
const BETWEEN_MS = 200
/** Long enough to outlast the pacer's 5 ms bursts, short enough to leave no more than this of queue where nothing more fits. */
const CLUSTER_MS = 25
const CLUSTER_PACKETS = 8
/** Nothing to learn closer to the bound than this. */
const CLOSE = 0.95
const ABOVE_MAX = 1.1

export function createProbePlan(): ProbePlan {
  let nextId = 0
  let rates: number[] | null = null
  let followUpBps: number | null = null
  let dueAtMs = Number.NEGATIVE_INFINITY
  let lastAtMs = Number.NEGATIVE_INFINITY

  function cluster(bps: number, { maxBps, nowMs }: ProbeSituation): ProbeCluster {
    const rateBps = Math.round(Math.min(bps, ABOVE_MAX * maxBps))
    lastAtMs = nowMs
    dueAtMs = nowMs + EVERY_MS
    return {
      id: nextId++,
      rateBps,
      minPackets: CLUSTER_PACKETS,
      minBytes: Math.round((rateBps * CLUSTER_MS) / 8000),
    }
  }

  return {
    next(situation) {
      const { nowMs, estimateBps, maxBps, calm } = situation
      rates ??= FIRST.map((times) => times * estimateBps)
      if (estimateBps >= CLOSE * maxBps) {
        rates = []
        followUpBps = null
        return null
      }
      if (!calm || nowMs - lastAtMs < BETWEEN_MS) return null
      const first = rates.shift()
      if (first !== undefined) return cluster(first, situation)
      if (followUpBps !== null) {
        const bps = followUpBps
        followUpBps = null
        return cluster(bps, situation)
      }
      return nowMs >= dueAtMs ? cluster(FACTOR * estimateBps, situation) : null
    },
    found({ bps, saturated, cluster: { rateBps } }) {
      if (!saturated && bps >= GO_ON * rateBps) followUpBps = FACTOR * bps
    },
    dropped(nowMs) {
      followUpBps = null
      rates = []
      dueAtMs = nowMs + AFTER_DROP_MS
    },
    hint(bps) {
      rates = [bps]
      followUpBps = null
    },
    restart() {
      rates = null
      followUpBps = null
      lastAtMs = Number.NEGATIVE_INFINITY
    },
  }
}
