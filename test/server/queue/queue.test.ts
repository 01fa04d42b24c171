import { expect } from 'chai'
import fc from 'fast-check'
import {
  emptyQueue,
  endOfLine,
  enqueue,
  heads,
  leave,
  type Queue,
  type QueueEntry,
  served,
  standing,
  standings,
} from '../../../server/queue/queue.ts'

const entry = (sessionId: string, sinceMs: number, change: Partial<QueueEntry> = {}): QueueEntry => ({
  sessionId,
  guestId: `guest of ${sessionId}`,
  region: 'Europe',
  seatClass: '720p60',
  sinceMs,
  ...change,
})
const all = (...entries: QueueEntry[]): Queue => entries.reduce(enqueue, emptyQueue)
const ids = (entries: readonly QueueEntry[]): string[] => entries.map(({ sessionId }) => sessionId)
const anyone = (): boolean => true

describe('the queue', () => {
  it('serves who came first, over all lines, and passes by only those who cannot use the seat', () => {
    const queue = all(entry('c', 3), entry('a', 1), entry('b', 2, { region: 'Asia' }))
    expect(ids(heads(queue, anyone, 9))).to.deep.equal(['a', 'b', 'c'])
    expect(ids(heads(queue, ({ sessionId }) => sessionId !== 'a', 1))).to.deep.equal(['b'])
    expect(heads(queue, () => false, 9)).to.deep.equal([])
  })

  it('gives a guest with many windows one place', () => {
    const mine = { guestId: 'me' }
    const queue = all(entry('m1', 1, mine), entry('m2', 2, mine), entry('m3', 3, mine), entry('x', 4))
    expect(ids(heads(queue, anyone, 9))).to.deep.equal(['m1', 'x'])
    expect(standing(queue, entry('x', 4))).to.deep.equal({ position: 2, length: 4 })
    expect(standing(queue, entry('m2', 2, mine))?.position).to.equal(3)
    expect(standing(queue, entry('m3', 3, mine))?.position).to.equal(4)
  })

  it('stands in order of age however it came about, and says where everybody stands as where each one does', () => {
    const come = fc.record({ guest: fc.nat(20), region: fc.nat(1), sinceMs: fc.nat(12) })
    fc.assert(
      fc.property(fc.array(come, { maxLength: 60 }), (comers) => {
        const entries = comers.map(({ guest, region, sinceMs }, nth) =>
          entry(`s${nth}`, sinceMs, { guestId: `g${guest}`, region: `r${region}` }),
        )
        const queue = all(...entries)
        for (const line of queue.values()) {
          const ages = line.map(({ sinceMs, guestId }) => [sinceMs, guestId] as const)
          const sorted = [...ages].sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1))
          expect(ages).to.deep.equal(sorted)
        }
        const everybody = standings(queue)
        expect(everybody.size).to.equal(entries.length)
        for (const one of entries) expect(everybody.get(one.sessionId)).to.deep.equal(standing(queue, one))
      }),
    )
  })

  it('sends the other windows of a guest who was served to the end', () => {
    const mine = { guestId: 'me' }
    const first = entry('m1', 1, mine)
    const queue = all(first, entry('m2', 2, mine), entry('x', 4), entry('y', 500))
    const after = served(queue, first, 10)
    expect(after.moved).to.deep.equal([entry('m2', 501, mine)])
    expect(ids(heads(after.queue, anyone, 9))).to.deep.equal(['x', 'y', 'm2'])
  })

  it('lets the next window of a guest inherit the place of one that left', () => {
    const mine = { guestId: 'me' }
    const queue = leave(all(entry('m1', 1, mine), entry('m2', 3, mine), entry('x', 2)), entry('m1', 1, mine))
    expect(ids(heads(queue, anyone, 9))).to.deep.equal(['x', 'm2'])
  })

  it('is the same after an entry that comes twice, or one that leaves twice', () => {
    const queue = all(entry('a', 1), entry('b', 2))
    expect(enqueue(queue, entry('b', 2))).to.deep.equal(queue)
    const left = leave(queue, entry('a', 1))
    expect(leave(left, entry('a', 1))).to.equal(left)
    expect(leave(left, entry('b', 2)).size).to.equal(0)
    expect(standing(left, entry('a', 1))).to.equal(null)
  })

  it('puts newcomers at the end, also where the clock has gone back', () => {
    const queue = all(entry('a', 1000))
    expect(endOfLine(queue, entry('b', 0), 2000)).to.equal(2000)
    expect(endOfLine(queue, entry('b', 0), 5)).to.equal(1001)
    expect(endOfLine(queue, entry('b', 0, { region: 'Asia' }), 5)).to.equal(5)
  })

  /** Seats of two kinds come free at random; who can use one kind alone sees the others go past. */
  const step = fc.oneof(
    fc.record({ kind: fc.constant('come' as const), guest: fc.nat(7), uses: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('seat' as const), which: fc.constantFrom(1, 2) }),
    fc.record({ kind: fc.constant('leave' as const), nth: fc.nat(9) }),
  )

  it('never sticks: with seats coming free everybody is served or leaves, none before an older one who could', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let queue = emptyQueue
        let nowMs = 0
        const uses = new Map<string, number>()
        const waiting = new Map<string, QueueEntry>()
        const seat = (which: number): boolean => {
          const [head] = heads(queue, ({ sessionId }) => ((uses.get(sessionId) ?? 0) & which) !== 0, 1)
          if (head === undefined) return false
          for (const [id, other] of waiting)
            if (((uses.get(id) ?? 0) & which) !== 0 && other.guestId !== head.guestId)
              expect(placeSince(waiting, head.guestId)).to.be.at.most(placeSince(waiting, other.guestId))
          const after = served(queue, head, nowMs)
          queue = after.queue
          waiting.delete(head.sessionId)
          for (const moved of after.moved) waiting.set(moved.sessionId, moved)
          return true
        }
        for (const one of steps) {
          nowMs += 1
          if (one.kind === 'come') {
            const id = `s${nowMs}`
            const sinceMs = endOfLine(queue, entry(id, 0), nowMs)
            const come = entry(id, sinceMs, { guestId: `g${one.guest}` })
            uses.set(id, one.uses)
            waiting.set(id, come)
            queue = enqueue(queue, come)
          } else if (one.kind === 'seat') seat(one.which)
          else {
            const goes = [...waiting.values()][one.nth]
            if (goes === undefined) continue
            waiting.delete(goes.sessionId)
            queue = leave(queue, goes)
          }
        }
        // As many seats of each kind as there are people are always enough.
        for (let left = waiting.size; left > 0; left -= 1) {
          seat(1)
          seat(2)
        }
        expect(waiting.size).to.equal(0)
        expect(queue.size).to.equal(0)
      }),
      { numRuns: 300 },
    )
  })
})

const placeSince = (waiting: ReadonlyMap<string, QueueEntry>, guestId: string): number =>
  Math.min(
    ...[...waiting.values()].filter((other) => other.guestId === guestId).map(({ sinceMs }) => sinceMs),
  )
