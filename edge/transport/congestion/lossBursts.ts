import type { PacketResult } from './controller.ts'

/** Of the mean: how much one more burst says. */
const MEMORY = 0.1

/** How many packets in a row are lost at a time. */
export interface LossBursts {
  /** At least 1. */
  readonly mean: number
  /** Of one feedback message, in the order of sending. */
  update(results: readonly PacketResult[]): void
  reset(): void
}

export function createLossBursts(): LossBursts {
  let mean = 1
  let length = 0
  let last = Number.NEGATIVE_INFINITY

  return {
    get mean() {
      return mean
    },
    update(results) {
      for (const { sent, arrivedAtMs } of results) {
        if (arrivedAtMs !== null) continue
        if (sent.sequence !== last + 1) {
          if (length > 0) mean += MEMORY * (length - mean)
          length = 0
        }
        length += 1
        last = sent.sequence
      }
    },
    reset() {
      mean = 1
      length = 0
      last = Number.NEGATIVE_INFINITY
    },
  }
}
