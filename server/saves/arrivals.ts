/**
 * What sessions have brought lately, whether a snapshot names it by now or not: a session that saves the same again and again fills the
 * disk just as one that never says what it is for. In memory alone: after a restart of the router chunks are asked for again, which costs a
 * transfer and nothing else.
 */
export interface Arrivals {
  /** Keeps room for a chunk that is about to come. Null: the session has brought as much as it may for now. */
  expect(sessionId: string, sha256: string, bytes: number, nowMs: number): Coming | null
  /** Whether the session has brought it, lately enough to build on. */
  has(sessionId: string, sha256: string, nowMs: number): boolean
  /** Whether the session is bringing anything, or was within the last `withinMs`. */
  isBringing(sessionId: string, withinMs: number, nowMs: number): boolean
  /** Whether any session is bringing it or has brought it lately, so that a snapshot may be about to name it. */
  isWanted(sha256: string, nowMs: number): boolean
  /** Of all chunks that are on their way. */
  comingBytes(): number
  expire(nowMs: number): void
}

/** A chunk that is on its way. */
export interface Coming {
  arrived(bytes: number, atMs: number): void
  /** It is not on its way any more. Call once, whatever became of it. */
  end(atMs: number): void
}

interface Arrival {
  readonly bytes: number
  readonly atMs: number
}

interface Account {
  /** Earliest first. */
  readonly arrivals: Map<string, Arrival>
  /** Of those that have come and of those that are on their way. */
  bytes: number
  coming: number
  /** When it last was. */
  comingAtMs: number
}

const newAccount = (): Account => ({ arrivals: new Map(), bytes: 0, coming: 0, comingAtMs: -Infinity })

/** What the smallest chunk takes on a disk: many of those are much, too. */
const leastBytes = 4096

/**
 * @param goodForMs how long an arrival counts
 * @param maxBytes what one session may bring in that time
 */
export function createArrivals(goodForMs: number, maxBytes: number): Arrivals {
  const accounts = new Map<string, Account>()
  /** By chunk: how many are bringing it, and when it came last. */
  const coming = new Map<string, number>()
  const lastMs = new Map<string, number>()
  let comingBytes = 0

  const isOld = (atMs: number, nowMs: number): boolean => nowMs - atMs >= goodForMs

  function remove(account: Account, sha256: string): void {
    account.bytes -= account.arrivals.get(sha256)?.bytes ?? 0
    account.arrivals.delete(sha256)
  }

  function dropOld(account: Account, nowMs: number): void {
    for (const [sha256, { atMs }] of account.arrivals) {
      if (!isOld(atMs, nowMs)) return
      remove(account, sha256)
    }
  }

  return {
    expect(sessionId, sha256, bytes, nowMs) {
      const account = accounts.get(sessionId) ?? newAccount()
      dropOld(account, nowMs)
      const kept = Math.max(bytes, leastBytes)
      if (account.bytes + kept > maxBytes) return null
      accounts.set(sessionId, account)
      account.bytes += kept
      account.coming += 1
      comingBytes += kept
      coming.set(sha256, (coming.get(sha256) ?? 0) + 1)
      return {
        arrived(size, atMs) {
          // Last in the order of the map, also when it was there before.
          remove(account, sha256)
          const taken = Math.max(size, leastBytes)
          account.arrivals.set(sha256, { bytes: taken, atMs })
          account.bytes += taken
          lastMs.set(sha256, atMs)
        },
        end(atMs) {
          account.comingAtMs = atMs
          account.bytes -= kept
          account.coming -= 1
          comingBytes -= kept
          const others = (coming.get(sha256) ?? 1) - 1
          if (others === 0) coming.delete(sha256)
          else coming.set(sha256, others)
        },
      }
    },
    has(sessionId, sha256, nowMs) {
      const arrival = accounts.get(sessionId)?.arrivals.get(sha256)
      return arrival !== undefined && !isOld(arrival.atMs, nowMs)
    },
    isBringing(sessionId, withinMs, nowMs) {
      const account = accounts.get(sessionId)
      return account !== undefined && (account.coming > 0 || nowMs - account.comingAtMs < withinMs)
    },
    isWanted(sha256, nowMs) {
      const atMs = lastMs.get(sha256)
      return coming.has(sha256) || (atMs !== undefined && !isOld(atMs, nowMs))
    },
    comingBytes: () => comingBytes,
    expire(nowMs) {
      for (const [sessionId, account] of accounts) {
        dropOld(account, nowMs)
        if (account.arrivals.size === 0 && account.coming === 0) accounts.delete(sessionId)
      }
      for (const [sha256, atMs] of lastMs) if (isOld(atMs, nowMs)) lastMs.delete(sha256)
    },
  }
}
