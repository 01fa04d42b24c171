/**
 * Chunks that sessions have brought and that no snapshot names yet. In memory alone: after a restart of the router they are asked for
 * again, which costs a transfer and nothing else.
 */
export interface Arrivals {
  /** It is on its way; the returned function says that it is not any more. */
  expect(sha256: string): () => void
  add(sessionId: string, sha256: string, bytes: number, atMs: number): void
  /** Whether the session has brought it, lately enough to build on. */
  has(sessionId: string, sha256: string, nowMs: number): boolean
  /** Whether any session has brought it or is bringing it. */
  isWanted(sha256: string): boolean
  /** Whether the session may bring more. */
  hasRoom(sessionId: string): boolean
  forget(sessionId: string): void
  expire(nowMs: number): void
}

interface Arrival {
  readonly bytes: number
  readonly atMs: number
}

/**
 * @param goodForMs how long an arrival counts
 * @param maxBytes what one session may bring between two snapshots
 */
export function createArrivals(goodForMs: number, maxBytes: number): Arrivals {
  const sessions = new Map<string, Map<string, Arrival>>()
  const coming = new Map<string, number>()
  return {
    expect(sha256) {
      coming.set(sha256, (coming.get(sha256) ?? 0) + 1)
      return () => {
        const others = (coming.get(sha256) ?? 1) - 1
        if (others === 0) coming.delete(sha256)
        else coming.set(sha256, others)
      }
    },
    add(sessionId, sha256, bytes, atMs) {
      const own = sessions.get(sessionId) ?? new Map<string, Arrival>()
      own.set(sha256, { bytes, atMs })
      sessions.set(sessionId, own)
    },
    has(sessionId, sha256, nowMs) {
      const arrival = sessions.get(sessionId)?.get(sha256)
      return arrival !== undefined && nowMs - arrival.atMs < goodForMs
    },
    isWanted: (sha256) => coming.has(sha256) || [...sessions.values()].some((own) => own.has(sha256)),
    hasRoom(sessionId) {
      let bytes = 0
      for (const arrival of sessions.get(sessionId)?.values() ?? []) bytes += arrival.bytes
      return bytes < maxBytes
    },
    forget: (sessionId) => void sessions.delete(sessionId),
    expire(nowMs) {
      for (const [sessionId, own] of sessions) {
        for (const [sha256, { atMs }] of own) if (nowMs - atMs >= goodForMs) own.delete(sha256)
        if (own.size === 0) sessions.delete(sessionId)
      }
    },
  }
}
