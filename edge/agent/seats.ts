/**
 * The node's seats, as one value: the node is their single writer. A lease goes
 * `free → reserved (until its hold expires) → busy → free`. Pure: ids and times come in, a new table comes out. The times are of a
 * clock that only runs forward, so that a wall clock that jumps neither ends a hold nor keeps one.
 */
export type SeatState =
  | { readonly kind: 'free' }
  | {
      readonly kind: 'reserved'
      readonly lease: Lease
      readonly expiresAtMs: number
      /** The last request that was answered with this lease. */
      readonly requestId: string
    }
  /** `ending`: its session is over here, or was told to end, and only its processes still go. */
  | { readonly kind: 'busy'; readonly lease: Lease; readonly ending: boolean }

export interface Lease {
  readonly leaseId: string
  readonly sessionId: string
  readonly fence: number
}

export interface Seat {
  readonly seatId: number
  readonly state: SeatState
}

export type SeatTable = readonly Seat[]

export const emptySeats = (count: number): SeatTable =>
  Array.from({ length: count }, (_, seatId) => ({ seatId, state: { kind: 'free' } }))

const leaseOf = (seat: Seat): Lease | null => (seat.state.kind === 'free' ? null : seat.state.lease)

const withState = (table: SeatTable, seatId: number, state: SeatState): SeatTable =>
  table.map((seat) => (seat.seatId === seatId ? { ...seat, state } : seat))

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
 * returns the lease it has, as long as it was; a session that is over here has none.
 */
export function reserveSeat(
  table: SeatTable,
  ask: {
    readonly sessionId: string
    readonly requestId: string
    /** For a new lease; the fence is higher than that of any lease before. */
    readonly leaseId: string
    readonly fence: number
    readonly holdMs: number
    readonly nowMs: number
    readonly prefer: readonly number[]
  },
): Reservation {
  const current = expireHolds(table, ask.nowMs)
  const { requestId } = ask
  for (const { seatId, state } of current) {
    if (state.kind === 'free' || state.lease.sessionId !== ask.sessionId) continue
    if (state.kind === 'busy' && state.ending) continue
    const { lease } = state
    const isHeld = state.kind === 'reserved'
    const table = isHeld ? withState(current, seatId, { ...state, requestId }) : current
    const expiresAtMs = isHeld ? state.expiresAtMs : ask.nowMs + ask.holdMs
    return { ok: true, table, seatId, lease, expiresAtMs, repeated: true }
  }
  const free = current.filter((seat) => seat.state.kind === 'free')
  const seat = free.find(({ seatId }) => ask.prefer.includes(seatId)) ?? free[0]
  if (seat === undefined) return { ok: false, table: current }
  const lease = { leaseId: ask.leaseId, sessionId: ask.sessionId, fence: ask.fence }
  const expiresAtMs = ask.nowMs + ask.holdMs
  const next = withState(current, seat.seatId, { kind: 'reserved', lease, expiresAtMs, requestId })
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
    table: withState(current, seat.seatId, { kind: 'busy', lease: seat.state.lease, ending: false }),
    seatId: seat.seatId,
  }
}

/**
 * The router gives a hold back. A busy seat stays busy: only its session's end frees it.
 * @param requestId whose answer is given back; one that came before the latest gives back nothing. Null: any.
 */
export function releaseHold(table: SeatTable, leaseId: string, requestId: string | null): SeatTable {
  const isMeant = ({ state }: Seat): boolean =>
    state.kind === 'reserved' &&
    state.lease.leaseId === leaseId &&
    (requestId === null || state.requestId === requestId)
  return table.some(isMeant)
    ? table.map((seat) => (isMeant(seat) ? { ...seat, state: { kind: 'free' } } : seat))
    : table
}

/** The session on this lease is to end, and not gone yet: the session may get another seat, this one is not free. */
export function endLease(table: SeatTable, leaseId: string): SeatTable {
  const seat = table.find(({ state }) => state.kind === 'busy' && state.lease.leaseId === leaseId)
  if (seat?.state.kind !== 'busy' || seat.state.ending) return table
  return withState(table, seat.seatId, { ...seat.state, ending: true })
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
