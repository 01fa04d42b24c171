/**
 * The seats of one event at one site while it lasts. Whoever comes takes the seat that came free last, so that what nobody needs stays
 * empty longest and is known as such.
 */
export interface SeatCount {
  /** That the event may still have here. */
  readonly seats: number
  readonly used: number
  /** Held back and free. */
  readonly idle: number
  took(): void
  left(nowMs: number): void
  /** Gives back the seats that have been empty for so long. @returns how many */
  expire(nowMs: number, afterMs: number): number
  /** From now on it may have so many. */
  keepOnly(seats: number): void
}

/** @param used by players who are there already */
export function createSeatCount(booked: number, used: number, nowMs: number): SeatCount {
  let seats = booked
  let taken = used
  /** Since when each idle seat is empty, the longest first. */
  const idle = Array.from({ length: Math.max(0, seats - taken) }, () => nowMs)
  return {
    get seats() {
      return seats
    },
    get used() {
      return taken
    },
    get idle() {
      return idle.length
    },
    took() {
      taken += 1
      idle.pop()
    },
    left(atMs) {
      taken -= 1
      if (taken < seats) idle.push(atMs)
    },
    expire(atMs, afterMs) {
      const kept = idle.findIndex((sinceMs) => atMs - sinceMs < afterMs)
      const gone = idle.splice(0, kept < 0 ? idle.length : kept).length
      seats -= gone
      return gone
    },
    keepOnly(next) {
      seats = next
      const most = Math.max(0, seats - taken)
      if (idle.length > most) idle.splice(0, idle.length - most)
    },
  }
}
