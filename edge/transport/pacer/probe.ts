import type { ProbeCluster } from '../congestion/controller.ts'

/** A probe for which there is nothing to send, not even padding, is given up. */
const GIVE_UP_MS = 500
/** A timer of 1 ms comes a little late at times: so much at once keeps the rate even. */
const STEP_MS = 2
/** After a longer stall what was missed is not made up for: a burst would say nothing about the rate. */
const MAX_STEP_MS = 6

/** One cluster of packets sent at a given rate, to see whether the path carries it. */
export interface Probe {
  readonly id: number
  /** How many bytes may leave now; at 0 or below none. */
  dueBytes(nowMs: number): number
  sent(bytes: number): void
  over(nowMs: number): boolean
}

export function startProbe(cluster: ProbeCluster, startMs: number): Probe {
  const bytesPerMs = cluster.rateBps / 8000
  const plannedMs = cluster.minBytes / bytesPerMs
  let due = STEP_MS * bytesPerMs
  let dueAtMs = startMs
  let bytes = 0
  let packets = 0
  return {
    id: cluster.id,
    dueBytes(nowMs) {
      if (packets > 0) due = Math.min(due + (nowMs - dueAtMs) * bytesPerMs, MAX_STEP_MS * bytesPerMs)
      dueAtMs = nowMs
      return due
    },
    sent(added) {
      due -= added
      bytes += added
      packets++
    },
    over: (nowMs) =>
      (bytes >= cluster.minBytes && packets >= cluster.minPackets) ||
      nowMs - startMs > plannedMs * 3 + GIVE_UP_MS,
  }
}
