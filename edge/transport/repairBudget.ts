/** So long may repairs take all of their share at once. */
const BURST_MS = 500

/** Keeps retransmissions to a share of the rate: on a path that has become narrow they would crowd out what they repair. */
export interface RepairBudget {
  /** Whether so many bytes may be sent again now; they are then spent. */
  take(bytes: number, nowMs: number, targetBps: number): boolean
}

export function createRepairBudget(share: number): RepairBudget {
  let spent = 0
  let atMs = -Infinity
  return {
    take(bytes, nowMs, targetBps) {
      const bytesPerMs = (targetBps * share) / 8000
      spent = atMs === -Infinity ? 0 : Math.max(0, spent - (nowMs - atMs) * bytesPerMs)
      atMs = nowMs
      if (spent + bytes > bytesPerMs * BURST_MS) return false
      spent += bytes
      return true
    },
  }
}
