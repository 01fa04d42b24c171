import type { PacketResult, SentPacket } from './controller.ts'

/**
 * What left and was not yet reported on. Where less arrives than leaves, it tells the queue to come before the delay shows it:
 * a packet that waits now is only reported on after it has waited.
 */
export interface InFlight {
  onSent(packet: SentPacket): void
  onResults(results: readonly PacketResult[]): void
  readonly bytes: number
  reset(): void
}

export function createInFlight(): InFlight {
  /** With all bytes sent up to and with each. */
  let sent: { readonly sequence: number; readonly totalBytes: number }[] = []
  let totalBytes = 0
  let reportedBytes = 0

  return {
    onSent({ sequence, bytes }) {
      totalBytes += bytes
      sent.push({ sequence, totalBytes })
    },
    onResults(results) {
      // What left before it arrived too, or never will.
      const newest = results.findLast(({ arrivedAtMs }) => arrivedAtMs !== null)?.sent.sequence
      if (newest === undefined) return
      const left = sent.findIndex(({ sequence }) => sequence > newest)
      const reported = left === -1 ? sent.at(-1) : sent[left - 1]
      reportedBytes = reported?.totalBytes ?? reportedBytes
      sent = left === -1 ? [] : sent.slice(left)
    },
    get bytes() {
      return totalBytes - reportedBytes
    },
    reset() {
      sent = []
      reportedBytes = totalBytes
    },
  }
}
