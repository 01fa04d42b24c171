import type { PacedPacket } from './packet.ts'

/**
 * Where so many packets are lost, a repair that is lost as well freezes the picture for another round trip and a half: it leaves twice, the
 * copy far enough behind to outlive a burst.
 */
const FROM_LOSS = 0.02
const AFTER_MS = 12

export interface RepairCopies {
  /** Sends repairs, and where `lossRatio` asks for it their copies a little later. */
  send(packets: readonly PacedPacket[], lossRatio: number): void
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
    send(packets, lossRatio) {
      options.push(packets)
      if (packets.length === 0 || lossRatio < FROM_LOSS) return
      const cancel = options.after(AFTER_MS, () => {
        waiting.delete(cancel)
        options.push(packets)
      })
      waiting.add(cancel)
    },
    close() {
      for (const cancel of waiting) cancel()
      waiting.clear()
    },
  }
}
