/** Watches every seat from outside: what the seat tables themselves believe plays no part. */
export interface Audit {
  /** A session plays on a seat of a node from now on. */
  began(seat: string, sessionId: string): void
  over(seat: string): void
  /** Its player was told that a seat is theirs. */
  acknowledged(sessionId: string): void
  ended(sessionId: string): void
  readonly doubleBooked: number
  /** Acknowledged sessions, true for those that have ended. */
  readonly sessions: ReadonlyMap<string, boolean>
}

export function createAudit(): Audit {
  const sessionOn = new Map<string, string>()
  const seatOf = new Map<string, string>()
  const sessions = new Map<string, boolean>()
  let doubleBooked = 0
  return {
    began(seat, sessionId) {
      if (sessionOn.has(seat) || seatOf.has(sessionId)) doubleBooked += 1
      sessionOn.set(seat, sessionId)
      seatOf.set(sessionId, seat)
    },
    over(seat) {
      const sessionId = sessionOn.get(seat)
      sessionOn.delete(seat)
      if (sessionId !== undefined && seatOf.get(sessionId) === seat) seatOf.delete(sessionId)
    },
    acknowledged: (sessionId) => void sessions.set(sessionId, false),
    ended: (sessionId) => void (sessions.has(sessionId) && sessions.set(sessionId, true)),
    get doubleBooked() {
      return doubleBooked
    },
    sessions,
  }
}
