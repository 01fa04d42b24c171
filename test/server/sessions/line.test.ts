import { expect } from 'chai'
import type { SessionState } from '../../../config/protocol/session.ts'
import { createLine, type Line } from '../../../server/sessions/line.ts'
import { type LiveSession, newLive } from '../../../server/sessions/live.ts'
import { createManualClock } from '../support/manualClock.ts'

describe('those in a long line', () => {
  /** How often everybody was looked at. */
  let walks: number
  let line: Line
  let lives: LiveSession[]
  let change: (live: LiveSession, before: SessionState) => void

  const report = (siteId: string) => ({
    candidates: [
      { nodeId: `node of ${siteId}`, siteId, siteName: siteId, rttMs: 9, terms: {}, ruledOut: 'no-seat' },
    ],
  })
  const waiting = (sinceMs: number): SessionState => ({
    kind: 'waiting',
    region: 'Europe',
    seatClass: '720p60',
    sinceMs,
    budgetMs: null,
  })

  beforeEach(() => {
    walks = 0
    lives = []
    const clock = createManualClock()
    const context = {
      clock,
      catalogue: { of: () => null },
      fleet: { index: { size: 1, find: () => ({ seats: 1 }) } },
      settings: { graceMs: 1e9, confirmMs: 1 },
      store: {},
      log: {},
    }
    const keeper = {
      onChange(listener: typeof change) {
        change = listener
      },
      all() {
        walks += 1
        return lives
      },
      show: (live: LiveSession) => void line.waitOf(live),
    }
    const weighing = { weigh: ({ row }: LiveSession) => report(row.titleId) }
    const lengths = { of: () => [] }
    line = createLine(context as never, keeper as never, weighing as never, lengths as never)
    for (let number = 0; number < 100; number += 1) {
      const siteId = number % 4 === 0 ? 'Tokyo' : 'Frankfurt'
      const row = { id: `s${number}`, guestId: `g${number}`, titleId: siteId, state: waiting(number) }
      lives.push(newLive({ ...row, placement: report(siteId) } as never, {} as never, 0))
    }
    line.adopt(lives)
  })

  it('are counted for the sites that would do, as they come, look again and leave', () => {
    walks = 0
    const counts = (): number[] => ['Frankfurt', 'Tokyo', 'Oslo'].map(line.wanting)
    expect(counts()).to.deep.equal([75, 25, 0])
    const [one] = lives
    if (one === undefined) throw new Error('nobody waits')
    one.row = { ...one.row, titleId: 'Oslo' }
    line.look(one)
    expect(counts()).to.deep.equal([75, 24, 1])
    const before = one.row.state
    one.row = { ...one.row, state: { kind: 'ended', reason: 'queue-left', detail: null, endedAtMs: 1 } }
    change(one, before)
    expect(counts()).to.deep.equal([75, 24, 0])
    expect(walks, 'looks at everybody').to.equal(0)
  })

  it('see where they stand without one walk over the line or over all seats for each', () => {
    walks = 0
    const { queue } = line
    let visits = 0
    for (const places of queue.values())
      for (const place of places) {
        const { entries } = place
        Object.defineProperty(place, 'entries', {
          get() {
            visits += 1
            return entries
          },
        })
      }
    // Numbered anew, as after every change.
    const [one] = lives
    if (one === undefined) throw new Error('nobody waits')
    const before = one.row.state
    one.row = { ...one.row, state: waiting(1_000) }
    change(one, before)
    visits = 0
    line.tick()
    expect(visits, 'visits of places').to.be.within(1, 5 * lives.length)
    expect(walks, 'looks at everybody').to.be.at.most(2)
    expect(line.waitOf(one)).to.include({ position: 100, length: 100 })
    expect(lives.slice(1, 4).map((live) => line.waitOf(live)?.position)).to.deep.equal([1, 2, 3])
  })
})
