/**
 * The node's seats, as one value: the node is their single writer. A lease goes
 * `free → reserved (until its hold expires) → busy → free`. Pure: times and ids come in, a new table comes out.
 */
export type SeatState =
  | { readonly kind: 'free' }
  | { readonly kind: 'reserved'; readonly lease: Lease; readonly expiresAtMs: number }
  | { readonly kind: 'busy'; readonly lease: Lease }

export interface Lease {
  readonly leaseId: string
  readonly sessionId: string
  readonly fence: number
}

export interface Seat {
  readonly seatId: number
  /** Fence of the seat's latest lease; the next one is always higher. */
  readonly lastFence: number
  readonly state: SeatState
}

export type SeatTable = readonly Seat[]

export const emptySeats = (count: number): SeatTable =>
  Array.from({ length: count }, (_, seatId) => ({ seatId, lastFence: 0, state: { kind: 'free' } }))

/** Wall-clock ms where that is higher: so a fence also rises over restarts, without a file. */
const nextFence = (seat: Seat, nowMs: number): number => Math.max(seat.lastFence + 1, Math.floor(nowMs))

const leaseOf = (seat: Seat): Lease | null => (seat.state.kind === 'free' ? null : seat.state.lease)

const withState = (table: SeatTable, seatId: number, change: Partial<Seat>): SeatTable =>
  table.map((seat) => (seat.seatId === seatId ? { ...seat, ...change } : seat))

/** Holds that ran out become free seats. */
export function expireHolds(table: SeatTable, nowMs: number): SeatTable {
  const expired = (seat: Seat): boolean => seat.state.kind === 'reserved' && seat.state.expiresAtMs <= nowMs
  return table.some(expired)
    ? table.map((seat) => (expired(seat) ? { ...seat, state: { kind: 'free' } } : seat))
    : table
}

export type Reservation =
  | {
      readonly ok: true
      readonly table: SeatTable
      readonly seatId: number
      readonly lease: Lease
      readonly expiresAtMs: number
      readonly repeated: boolean
    }
  | { readonly ok: false; readonly table: SeatTable }

/**
 * Holds a free seat for a session, one of `prefer` (warm seats) before any other. Asking again for the same session
 * returns the lease it has.
 */
export function reserveSeat(
  table: SeatTable,
  ask: {
    readonly sessionId: string
    readonly leaseId: string
    readonly holdMs: number
    readonly nowMs: number
    readonly prefer: readonly number[]
  },
): Reservation {
  const current = expireHolds(table, ask.nowMs)
  const mine = current.find((seat) => leaseOf(seat)?.sessionId === ask.sessionId)
  if (mine !== undefined && mine.state.kind !== 'free') {
    const expiresAtMs = mine.state.kind === 'reserved' ? mine.state.expiresAtMs : ask.nowMs + ask.holdMs
    return {
      ok: true,
      table: current,
      seatId: mine.seatId,
      lease: mine.state.lease,
      expiresAtMs,
      repeated: true,
    }
  }
  const free = current.filter((seat) => seat.state.kind === 'free')
  const seat = free.find(({ seatId }) => ask.prefer.includes(seatId)) ?? free[0]
  if (seat === undefined) return { ok: false, table: current }
  const lease = {
    leaseId: ask.leaseId,
    sessionId: ask.sessionId,
    fence: nextFence(seat, ask.nowMs),
  }
  const expiresAtMs = ask.nowMs + ask.holdMs
  const next = withState(current, seat.seatId, {
    lastFence: lease.fence,
    state: { kind: 'reserved', lease, expiresAtMs },
  })
  return { ok: true, table: next, seatId: seat.seatId, lease, expiresAtMs, repeated: false }
}

export type Commit =
  | { readonly kind: 'committed' | 'repeated'; readonly table: SeatTable; readonly seatId: number }
  /** The hold ran out, or the fence belongs to an older lease: nothing changes. */
  | { readonly kind: 'refused'; readonly table: SeatTable }

/** Makes a held seat the session's. Only the very lease, session and fence that were given out can do it. */
export function commitSeat(table: SeatTable, lease: Lease, nowMs: number): Commit {
  const current = expireHolds(table, nowMs)
  const seat = current.find((one) => {
    const has = leaseOf(one)
    return has?.leaseId === lease.leaseId && has.fence === lease.fence && has.sessionId === lease.sessionId
  })
  if (seat === undefined || seat.state.kind === 'free') return { kind: 'refused', table: current }
  if (seat.state.kind === 'busy') return { kind: 'repeated', table: current, seatId: seat.seatId }
  return {
    kind: 'committed',
    table: withState(current, seat.seatId, { state: { kind: 'busy', lease: seat.state.lease } }),
    seatId: seat.seatId,
  }
}

/** The router gives a hold back. A busy seat stays busy: only its session's end frees it. */
export function releaseHold(table: SeatTable, leaseId: string): SeatTable {
  return table.map((seat) =>
    seat.state.kind === 'reserved' && seat.state.lease.leaseId === leaseId
      ? { ...seat, state: { kind: 'free' } }
      : seat,
  )
}

/** The session on this lease is over and nothing of it is left. An older lease frees nothing. */
export function freeSeat(table: SeatTable, leaseId: string): SeatTable {
  return table.map((seat) =>
    leaseOf(seat)?.leaseId === leaseId ? { ...seat, state: { kind: 'free' } } : seat,
  )
}

/**
 * Seats of a node that was not told: a 720p30 session of a light game takes about half a core with its game and display, a
 * 720p60 one a whole core, so one seat a core; and 1 GiB a seat with something left for the agent. Never none.
 */
export function chooseSeatCount(asked: number, cores: number, memoryBytes: number): number {
  if (asked > 0) return asked
  const gib = memoryBytes / 1024 ** 3
  return Math.max(1, Math.min(cores, Math.floor(gib - 0.5), 256))
}
