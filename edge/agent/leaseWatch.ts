import type { NodeClock } from './nodeClock.ts'

/**
 * Leases of started sessions live by the router's word: it renews those that it stands by in answer to each status. One that is not
 * renewed for too long has lapsed, and its seat is not kept for a router that has forgotten it or does not exist any more.
 */
export interface LeaseWatch {
  /** A lease that was taken up, or that the router stands by. */
  renew(leaseId: string): void
  forget(leaseId: string): void
  /** How long a lease lives; null: for ever. Counts from the last renewal. */
  setLeaseMs(leaseMs: number | null): void
  close(): void
}

/** @param onLapse the lease is forgotten by then */
export function watchLeases(clock: NodeClock, onLapse: (leaseId: string) => void): LeaseWatch {
  const renewedAtMs = new Map<string, number>()
  let leaseMs: number | null = null
  let cancel: (() => void) | null = null

  function arm(): void {
    cancel?.()
    cancel = null
    if (leaseMs === null || renewedAtMs.size === 0) return
    const dueAtMs = Math.min(...renewedAtMs.values()) + leaseMs
    cancel = clock.after(Math.max(0, dueAtMs - clock.monotonicMs()), sweep)
  }

  function sweep(): void {
    cancel = null
    for (const [leaseId, atMs] of renewedAtMs) {
      if (leaseMs === null || atMs + leaseMs > clock.monotonicMs()) continue
      renewedAtMs.delete(leaseId)
      onLapse(leaseId)
    }
    arm()
  }

  return {
    renew(leaseId) {
      renewedAtMs.set(leaseId, clock.monotonicMs())
      // A renewal only moves the time; the timer finds out when it fires.
      if (cancel === null) arm()
    },
    forget: (leaseId) => void renewedAtMs.delete(leaseId),
    setLeaseMs(next) {
      leaseMs = next
      arm()
    },
    close() {
      cancel?.()
      renewedAtMs.clear()
    },
  }
}
