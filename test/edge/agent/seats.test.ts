import { expect } from 'chai'
import {
  chooseSeatCount,
  commitSeat,
  emptySeats,
  endLease,
  expireHolds,
  freeSeat,
  releaseHold,
  reserveSeat,
  type SeatTable,
} from '../../../edge/agent/seats.ts'

let lastFence = 0
const ask = (sessionId: string, nowMs: number, prefer: readonly number[] = [], requestId = 'request') => ({
  sessionId,
  requestId,
  leaseId: `lease-${sessionId}-${nowMs}`,
  fence: ++lastFence,
  holdMs: 1000,
  nowMs,
  prefer,
})

const held = (table: SeatTable, sessionId: string, nowMs: number) => {
  const result = reserveSeat(table, ask(sessionId, nowMs))
  if (!result.ok) throw new Error('no seat')
  return result
}
const kinds = (table: SeatTable): string[] => table.map(({ state }) => state.kind)

describe('the seat table', () => {
  it('holds a seat, makes it the session’s at the start, and frees it after the end', () => {
    const { table, lease } = held(emptySeats(1), 's', 5000)
    expect(kinds(table)).to.deep.equal(['reserved'])
    const committed = commitSeat(table, lease, 5500)
    expect(committed.kind).to.equal('committed')
    expect(kinds(committed.table)).to.deep.equal(['busy'])
    expect(kinds(freeSeat(committed.table, lease.leaseId))).to.deep.equal(['free'])
  })

  it('never gives a seat twice', () => {
    const first = held(emptySeats(2), 'a', 1)
    const second = held(first.table, 'b', 1)
    expect(second.seatId).not.to.equal(first.seatId)
    expect(reserveSeat(second.table, ask('c', 1)).ok).to.equal(false)
  })

  it('answers a repeated reservation with the lease that the session has, held or busy', () => {
    const first = held(emptySeats(2), 's', 1)
    expect(held(first.table, 's', 2)).to.include({ repeated: true, seatId: first.seatId })
    const busy = commitSeat(first.table, first.lease, 3).table
    expect(held(busy, 's', 4).lease).to.deep.equal(first.lease)
  })

  it('takes a repeated start as done', () => {
    const { table, lease } = held(emptySeats(1), 's', 1)
    const busy = commitSeat(table, lease, 2).table
    expect(commitSeat(busy, lease, 3)).to.deep.include({ kind: 'repeated', table: busy })
  })

  it('refuses a start after the hold ran out, and gives the seat away', () => {
    const { table, lease, expiresAtMs } = held(emptySeats(1), 's', 1)
    expect(expiresAtMs).to.equal(1001)
    const late = commitSeat(table, lease, 1001)
    expect(late.kind).to.equal('refused')
    expect(kinds(late.table)).to.deep.equal(['free'])
    expect(kinds(expireHolds(table, 1000))).to.deep.equal(['reserved'])
  })

  it('refuses another lease, fence or session than the one that holds the seat', () => {
    const { table, lease } = held(emptySeats(1), 's', 1)
    for (const wrong of [{ leaseId: 'other' }, { fence: lease.fence - 1 }, { sessionId: 'other' }])
      expect(commitSeat(table, { ...lease, ...wrong }, 2).kind, JSON.stringify(wrong)).to.equal('refused')
  })

  it('gives a session whose game is over here another seat, and not the one that still closes', () => {
    const { table, lease } = held(emptySeats(2), 's', 1)
    const ending = endLease(commitSeat(table, lease, 2).table, lease.leaseId)
    const anew = held(ending, 's', 3)
    expect(anew).to.include({ repeated: false, seatId: 1 })
    expect(commitSeat(anew.table, lease, 4).kind, 'the old start again').to.equal('repeated')
    expect(kinds(freeSeat(anew.table, lease.leaseId))).to.deep.equal(['free', 'reserved'])
  })

  it('takes back only what the latest request was answered with', () => {
    const first = reserveSeat(emptySeats(1), ask('s', 1, [], 'first'))
    const second = reserveSeat(first.table, ask('s', 2, [], 'second'))
    const leaseId = second.ok ? second.lease.leaseId : ''
    expect(kinds(releaseHold(second.table, leaseId, 'first'))).to.deep.equal(['reserved'])
    expect(kinds(releaseHold(second.table, leaseId, 'second'))).to.deep.equal(['free'])
  })

  it('gives back a hold but never a busy seat', () => {
    const { table, lease } = held(emptySeats(1), 's', 1)
    const busy = commitSeat(table, lease, 2).table
    expect(kinds(releaseHold(busy, lease.leaseId, null))).to.deep.equal(['busy'])
    expect(kinds(freeSeat(busy, 'an older lease'))).to.deep.equal(['busy'])
  })

  it('prefers a warm seat', () => {
    const result = reserveSeat(emptySeats(4), ask('s', 1, [2]))
    expect(result.ok && result.seatId).to.equal(2)
  })

  it('has as many seats as asked, else one a core as far as memory goes, never none', () => {
    const gib = 1024 ** 3
    expect(chooseSeatCount(7, 2, gib)).to.equal(7)
    expect(chooseSeatCount(0, 2, 16 * gib)).to.equal(2)
    expect(chooseSeatCount(0, 16, 4 * gib)).to.equal(3)
    expect(chooseSeatCount(0, 1, gib / 2)).to.equal(1)
  })
})
