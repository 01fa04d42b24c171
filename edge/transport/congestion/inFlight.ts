import type { PacketResult, SentPacket } from './controller.ts'

/**
 * What left and was not yet reported on. Where less arrives than leaves, it tells the queue to come before the delay shows it:
 * a packet that waits now is only reported on after it has waited.
 */
export interface InFlight {
  onSent(packet: SentPacket): void
  onResults(results: readonly PacketResult[]): void
  readonly bytes: number
  /** A probe is among it: more than the stream sends, for a moment. */
  readonly probing: boolean
  reset(): void
}

export function createInFlight(): InFlight {
  /** With all bytes sent up to and with each. */
  let sent: { readonly sequence: number; readonly totalBytes: number }[] = []
  let totalBytes = 0
  let reportedBytes = 0
  let reported = -1
  let lastProbe = -1

  return {
    onSent({ sequence, bytes, probeId }) {
      if (probeId !== null) lastProbe = sequence
      totalBytes += bytes
      sent.push({ sequence, totalBytes })
    },
    onResults(results) {
      // What left before it arrived too, or never will.
      const newest = results.findLast(({ arrivedAtMs }) => arrivedAtMs !== null)?.sent.sequence
      if (newest === undefined) return
      reported = Math.max(reported, newest)
      const left = sent.findIndex(({ sequence }) => sequence > newest)
      const last = left === -1 ? sent.at(-1) : sent[left - 1]
      reportedBytes = last?.totalBytes ?? reportedBytes
      sent = left === -1 ? [] : sent.slice(left)
    },
    get bytes() {
      return totalBytes - reportedBytes
    },
    get probing() {
      return lastProbe > reported
    },
    reset() {
      sent = []
      reportedBytes = totalBytes
    },
  }
}
