import { expect } from 'chai'
import { errorCatalogue } from '../../config/errors.ts'
import {
  endError,
  endReason,
  endTexts,
  type SessionEvent,
  type SessionState,
  transition,
} from '../../config/protocol/session.ts'

const seat = { nodeId: 'n', leaseId: 'l', fence: 7 }
const line = { region: 'Europe', seatClass: '720p60', sinceMs: 4, budgetMs: null }
const states: Record<SessionState['kind'], SessionState> = {
  requested: { kind: 'requested' },
  waiting: { kind: 'waiting', ...line },
  held: { kind: 'held', ...seat, ...line, confirmByMs: 8 },
  placed: { kind: 'placed', nodeId: 'n' },
  reserved: { kind: 'reserved', ...seat },
  starting: { kind: 'starting', ...seat, step: 'display' },
  ready: { kind: 'ready', ...seat },
  playing: { kind: 'playing', ...seat, sinceMs: 1 },
  suspended: { kind: 'suspended', ...seat, graceEndsAtMs: 9 },
  ended: { kind: 'ended', reason: 'player-ended', detail: null, endedAtMs: 2 },
}
const events: Record<SessionEvent['kind'], SessionEvent> = {
  place: { kind: 'place', nodeId: 'n' },
  reserve: { kind: 'reserve', leaseId: 'l', fence: 7 },
  refuse: { kind: 'refuse' },
  wait: { kind: 'wait', ...line, sinceMs: 6 },
  hold: { kind: 'hold', ...seat, confirmByMs: 8 },
  confirm: { kind: 'confirm' },
  lose: { kind: 'lose', nodeId: 'n', begun: true, atMs: 7 },
  start: { kind: 'start', step: 'game' },
  ready: { kind: 'ready' },
  play: { kind: 'play', atMs: 5 },
  suspend: { kind: 'suspend', graceEndsAtMs: 99 },
  end: { kind: 'end', reason: 'game-crashed', detail: 'x', atMs: 3 },
}
/** Every transition that exists; all other pairs are refused. */
const table: Record<SessionState['kind'], Partial<Record<SessionEvent['kind'], SessionState['kind']>>> = {
  requested: { place: 'placed', wait: 'waiting', end: 'ended' },
  waiting: { wait: 'waiting', hold: 'held', end: 'ended' },
  held: { confirm: 'reserved', refuse: 'waiting', end: 'ended' },
  placed: { reserve: 'reserved', refuse: 'requested', end: 'ended' },
  reserved: { refuse: 'requested', start: 'starting', lose: 'requested', end: 'ended' },
  starting: { start: 'starting', ready: 'ready', lose: 'requested', end: 'ended' },
  ready: { play: 'playing', suspend: 'suspended', lose: 'requested', end: 'ended' },
  playing: { play: 'playing', suspend: 'suspended', lose: 'requested', end: 'ended' },
  suspended: { play: 'playing', suspend: 'suspended', lose: 'requested', end: 'ended' },
  ended: {},
}

describe('session rule book', () => {
  for (const state of Object.values(states)) {
    for (const event of Object.values(events)) {
      const expected = table[state.kind][event.kind]
      it(`${event.kind} in ${state.kind} ${expected === undefined ? 'is refused' : `leads to ${expected}`}`, () => {
        const result = transition(state, event)
        expect(result.ok ? result.state.kind : undefined).to.equal(expected)
      })
    }
  }

  it('keeps the seat from reservation to suspension', () => {
    const result = transition(states.playing, events.suspend)
    expect(result).to.deep.equal({ ok: true, state: { kind: 'suspended', ...seat, graceEndsAtMs: 99 } })
  })

  it('keeps the place in line while a seat is held, and gives it back when that comes to nothing', () => {
    const held = transition(states.waiting, events.hold)
    expect(held).to.deep.equal({ ok: true, state: states.held })
    expect(transition(states.held, events.refuse)).to.deep.equal({ ok: true, state: states.waiting })
    expect(transition(states.held, events.confirm)).to.deep.equal({ ok: true, state: states.reserved })
    expect(transition(states.waiting, events.wait)).to.deep.equal({
      ok: true,
      state: { kind: 'waiting', ...line, sinceMs: 6 },
    })
  })

  it('tells the player what happened and what to do at every end', () => {
    for (const reason of endReason.options) {
      expect(endTexts[reason].what, reason).to.match(/\.$/)
      expect(endTexts[reason].next, reason).to.match(/\.$/)
    }
  })

  it('turns ends that are somebody’s fault into catalogue errors', () => {
    for (const reason of endReason.options) {
      const error = endError(reason, 'detail')
      if (error !== null) expect(errorCatalogue, reason).to.have.property(error.code)
    }
    expect(endError('player-ended', null)).to.equal(null)
    expect(endError('game-crashed', 'SIGSEGV')).to.deep.include({
      code: 'game-crashed',
      details: ['SIGSEGV'],
    })
  })
})
