import {
  commitSeat,
  emptySeats,
  freeSeat,
  type Lease,
  reserveSeat,
  type SeatTable,
} from '../../../edge/agent/seats.ts'
import type { Random } from '../../link/random.ts'
import type { Audit } from './audit.ts'

/** A node as far as its seats go: the product's seat table behind a link that delays, loses and repeats messages. */
export interface SeatNode {
  readonly nodeId: string
  readonly isUp: boolean
  seatsFree(): number
  /** Null: refused, or no answer came. */
  reserve(sessionId: string): Promise<Lease | null>
  /** False: the hold is gone, or the node. */
  commit(lease: Lease): Promise<boolean>
  /** The session on this lease is over. */
  end(lease: Lease): void
  /** Everything on it is gone. */
  die(): void
  /** Back, with empty seats. */
  start(): void
}

const holdMs = 15_000
/** Of all answers. */
const lostShare = 0.002
const repeatedShare = 0.01

const tick = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

export function createSeatNode(
  nodeId: string,
  seats: number,
  taken: number,
  random: Random,
  audit: Audit,
  nowMs: () => number,
): SeatNode {
  let table: SeatTable = emptySeats(seats)
  let boot = 0
  let isUp = true
  let lastFence = 0
  const nameOf = (seatId: number): string => `${nodeId}/${boot}/${seatId}`

  for (let other = 0; other < taken; other++) hold(`${nodeId}-other-${other}`, true)

  function hold(sessionId: string, begin: boolean): Lease | null {
    const leaseId = `${nodeId}-${boot}-${++lastFence}`
    const ask = {
      sessionId,
      requestId: leaseId,
      leaseId,
      fence: lastFence,
      holdMs,
      nowMs: nowMs(),
      prefer: [],
    }
    const reserved = reserveSeat(table, ask)
    table = reserved.table
    if (!reserved.ok) return null
    if (begin) table = commitSeat(table, reserved.lease, nowMs()).table
    return reserved.lease
  }

  /** A message on its way, in order or not; false when the node it was for is not there any more. */
  async function travel(from: number): Promise<boolean> {
    await tick()
    if (random() < 0.3) await tick()
    return isUp && boot === from
  }

  return {
    nodeId,
    get isUp() {
      return isUp
    },
    seatsFree: () => table.filter(({ state }) => state.kind === 'free').length,
    async reserve(sessionId) {
      const from = boot
      if (!(await travel(from))) return null
      const lease = hold(sessionId, false)
      if (random() < repeatedShare) hold(sessionId, false)
      if (!(await travel(from))) return null
      return random() < lostShare ? null : lease
    },
    async commit(lease) {
      const from = boot
      for (let times = random() < repeatedShare ? 2 : 1; times > 0; times--) {
        if (!(await travel(from))) return false
        const commit = commitSeat(table, lease, nowMs())
        table = commit.table
        if (commit.kind === 'refused') return false
        if (commit.kind === 'committed') audit.began(nameOf(commit.seatId), lease.sessionId)
      }
      return true
    },
    end(lease) {
      const seat = table.find(({ state }) => state.kind === 'busy' && state.lease.leaseId === lease.leaseId)
      if (seat === undefined) return
      audit.over(nameOf(seat.seatId))
      table = freeSeat(table, lease.leaseId)
      // A copy of the message that comes late frees nobody else's seat.
      if (random() < repeatedShare) void tick().then(() => (table = freeSeat(table, lease.leaseId)))
    },
    die() {
      for (const { seatId, state } of table) if (state.kind === 'busy') audit.over(nameOf(seatId))
      isUp = false
      boot += 1
      table = emptySeats(seats)
    },
    start() {
      isUp = true
    },
  }
}
