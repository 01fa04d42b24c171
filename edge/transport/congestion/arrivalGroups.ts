/** How one group of packets differs from the one before it, ms. Their difference is what the queue grew by. */
export interface GroupDelta {
  readonly sentMs: number
  readonly arrivedMs: number
  /** When the later group arrived whole, on the receiver's clock. */
  readonly arrivedAtMs: number
}

/** Packets that left within 5 ms are one group, and so are those that the path delivered as one (draft-ietf-rmcat-gcc-02, 5.2). */
const BURST_MS = 5
const LONGEST_BURST_MS = 100
/** The receiver's clock jumped, or nothing was sent for long: start anew. */
const GAP_MS = 3000

interface Group {
  firstSentMs: number
  lastSentMs: number
  firstArrivedMs: number
  lastArrivedMs: number
}

export interface ArrivalGroups {
  /** @returns how the two groups before differ, when this packet begins a new one */
  add(sentAtMs: number, arrivedAtMs: number): GroupDelta | null
  reset(): void
}

export function createArrivalGroups(): ArrivalGroups {
  let current: Group | null = null
  let previous: Group | null = null

  function belongs(group: Group, sentAtMs: number, arrivedAtMs: number): boolean {
    if (sentAtMs - group.firstSentMs <= BURST_MS) return true
    const arrivedMs = arrivedAtMs - group.lastArrivedMs
    const grewMs = arrivedMs - (sentAtMs - group.lastSentMs)
    return grewMs < 0 && arrivedMs <= BURST_MS && arrivedAtMs - group.firstArrivedMs < LONGEST_BURST_MS
  }

  const reset = () => {
    current = null
    previous = null
  }

  return {
    reset,
    add(sentAtMs, arrivedAtMs) {
      if (current !== null) {
        // Overtaken on the way: its delay says nothing about the queue now.
        if (sentAtMs < current.firstSentMs) return null
        if (Math.abs(arrivedAtMs - current.lastArrivedMs) > GAP_MS) reset()
      }
      if (current !== null && belongs(current, sentAtMs, arrivedAtMs)) {
        current.lastSentMs = Math.max(current.lastSentMs, sentAtMs)
        current.lastArrivedMs = Math.max(current.lastArrivedMs, arrivedAtMs)
        return null
      }
      const delta =
        current === null || previous === null
          ? null
          : {
              sentMs: current.lastSentMs - previous.lastSentMs,
              arrivedMs: current.lastArrivedMs - previous.lastArrivedMs,
              arrivedAtMs: current.lastArrivedMs,
            }
      previous = current
      current = {
        firstSentMs: sentAtMs,
        lastSentMs: sentAtMs,
        firstArrivedMs: arrivedAtMs,
        lastArrivedMs: arrivedAtMs,
      }
      return delta
    },
  }
}
