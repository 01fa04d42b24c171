import { expect } from 'chai'
import type { SessionEvent } from '../../../config/protocol/session.ts'
import {
  emptyLedger,
  forgetBeyond,
  markSeen,
  openSession,
  recordEvent,
  type SessionLedger,
  toNodeSession,
} from '../../../edge/agent/sessionLedger.ts'

const opened = (sessionId = 's', ledger: SessionLedger = emptyLedger, afterSeq = 0): SessionLedger =>
  openSession(ledger, { sessionId, leaseId: 'l', fence: 3, titleId: 'game', nodeId: 'n', afterSeq })

const after = (ledger: SessionLedger, sessionId: string, ...events: SessionEvent[]): SessionLedger =>
  events.reduce((current, event) => recordEvent(current, sessionId, event)?.ledger ?? current, ledger)

const starting: SessionEvent = { kind: 'start', step: 'display' }
const end: SessionEvent = { kind: 'end', reason: 'player-ended', detail: null, atMs: 9 }

describe('the session ledger', () => {
  it('numbers events from 1 and keeps each until it is seen', () => {
    const ledger = after(opened(), 's', starting, { kind: 'ready' }, { kind: 'play', atMs: 5 })
    const seqs = (of: SessionLedger): number[] => (of.get('s')?.unseen ?? []).map(({ seq }) => seq)
    expect(seqs(ledger)).to.deep.equal([1, 2, 3])
    expect(seqs(markSeen(ledger, 's', 2))).to.deep.equal([3])
    expect(seqs(markSeen(ledger, 's', 99))).to.deep.equal([])
  })

  it('goes on numbering where another node left off', () => {
    const ledger = after(opened('s', emptyLedger, 7), 's', starting)
    expect(ledger.get('s')?.unseen.map(({ seq }) => seq)).to.deep.equal([8])
  })

  it('keeps an ended session until the router has seen its end', () => {
    const ledger = after(opened(), 's', starting, end)
    expect(markSeen(ledger, 's', 1).get('s')?.state.kind).to.equal('ended')
    expect(markSeen(ledger, 's', 2).has('s')).to.equal(false)
  })

  it('refuses what the rule book refuses: nothing follows an end', () => {
    const ledger = after(opened(), 's', end)
    expect(recordEvent(ledger, 's', { kind: 'ready' })).to.equal(null)
    expect(recordEvent(ledger, 'unknown', end)).to.equal(null)
  })

  it('reports a session with its lease, fence, state and last number', () => {
    const record = after(opened(), 's', starting).get('s')
    expect(record && toNodeSession(record)).to.deep.equal({
      sessionId: 's',
      leaseId: 'l',
      fence: 3,
      titleId: 'game',
      state: { kind: 'starting', nodeId: 'n', leaseId: 'l', fence: 3, step: 'display' },
      eventSeq: 1,
    })
  })

  it('forgets the oldest ended sessions beyond its bound, and no live one', () => {
    const ledger = ['a', 'b', 'c'].reduce(
      (current, id) => after(opened(id, current), id, end),
      opened('live'),
    )
    expect([...forgetBeyond(ledger, 2).keys()]).to.deep.equal(['live', 'b', 'c'])
  })
})
