import type { FlowPlan } from './conditions.ts'

const packetBytes = 1500
const initialWindow = 10

/** Puts a packet of the flow into the bottleneck's queue: when it leaves, or null if it did not fit. */
export type Enqueue = (nowMs: number, bytes: number) => number | null

interface Answer {
  readonly atMs: number
  readonly sentAtMs: number
  readonly lost: boolean
}

/** A TCP-like sender with as much to send as its window allows (RFC 5681: slow start, congestion avoidance, halving). */
export interface Flow {
  /** When it does something next; Infinity when it is over. */
  readonly nextMs: number
  /** Does what is due at `nextMs`. */
  step(enqueue: Enqueue): void
  readonly deliveredBytes: number
}

/** @param plan times on the link's clock */
export function createFlow(plan: FlowPlan): Flow {
  const maxWindow = Math.max(2, Math.floor(plan.maxWindowBytes / packetBytes))
  /** In the order of time: the queue is first in, first out, and the way back always takes the same. */
  const answers: Answer[] = []
  let started = false
  let window = Math.min(initialWindow, maxWindow)
  let threshold = Number.POSITIVE_INFINITY
  let cutAtMs = Number.NEGATIVE_INFINITY
  let latestMs = 0
  let deliveredBytes = 0

  function send(nowMs: number, enqueue: Enqueue): void {
    while (nowMs < plan.endMs && answers.length < Math.floor(window)) {
      const leftMs = enqueue(nowMs, packetBytes)
      // A loss shows when what was sent after it is acknowledged.
      latestMs = Math.max(latestMs, (leftMs ?? nowMs) + plan.rttMs)
      answers.push({ atMs: latestMs, sentAtMs: nowMs, lost: leftMs === null })
    }
  }

  return {
    get nextMs() {
      if (!started) return plan.startMs
      return answers[0]?.atMs ?? Number.POSITIVE_INFINITY
    },
    get deliveredBytes() {
      return deliveredBytes
    },
    step(enqueue) {
      if (!started) {
        started = true
        send(plan.startMs, enqueue)
        return
      }
      const answer = answers.shift()
      if (answer === undefined) return
      if (!answer.lost) {
        deliveredBytes += packetBytes
        window = Math.min(maxWindow, window + (window < threshold ? 1 : 1 / window))
      } else if (answer.sentAtMs > cutAtMs) {
        // One halving for all that was lost of one window.
        cutAtMs = answer.atMs
        window = Math.max(2, window / 2)
        threshold = window
      }
      send(answer.atMs, enqueue)
    },
  }
}
