import type { Estimate } from './congestion/controller.ts'
import type { PacedPacket } from './packet.ts'

/**
 * Where so many packets are lost, a repair that is lost as well freezes the picture for another round trip and a half: it leaves twice, and
 * where losses come in bursts three times, each copy far enough behind the one before to outlive one. Measured with 5 % lost in bursts of 5:
 * a frame that waits for a second repair is shown 160 to 190 ms after the one before it, which is a freeze.
 */
const FROM_LOSS = 0.02
const FROM_BURST = 2
const AFTER_MS = [12, 28] as const

export interface RepairCopies {
  /** Sends repairs, and where the path's losses ask for it their copies a little later. */
  send(packets: readonly PacedPacket[], path: Pick<Estimate, 'lossRatio' | 'lossBurst'>): void
  /** What waits is not sent any more. */
  close(): void
}

export function createRepairCopies(options: {
  push(packets: readonly PacedPacket[]): void
  /** Calls back in so many ms; returns what calls it off. */
  after(ms: number, callback: () => void): () => void
}): RepairCopies {
  const waiting = new Set<() => void>()
  return {
    send(packets, { lossRatio, lossBurst }) {
      options.push(packets)
      if (packets.length === 0 || lossRatio < FROM_LOSS) return
      for (const ms of AFTER_MS.slice(0, lossBurst < FROM_BURST ? 1 : 2)) {
        const cancel = options.after(ms, () => {
          waiting.delete(cancel)
          options.push(packets)
        })
        waiting.add(cancel)
      }
    },
    close() {
      for (const cancel of waiting) cancel()
      waiting.clear()
    },
  }
}
