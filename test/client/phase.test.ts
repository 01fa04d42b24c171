import { expect } from 'chai'
import {
  type Facts,
  noFacts,
  overdueText,
  phaseOf,
  progressSteps,
  stepBoundMs,
} from '../../client/player/phase.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import { endReason, type SessionState } from '../../config/protocol/session.ts'
import { wireError } from '../../config/errors.ts'

const seat = { nodeId: 'n', leaseId: 'l', fence: 1 }
const view = (state: SessionState): SessionView => ({
  id: 's',
  titleId: 't',
  titleName: 'T',
  createdAtMs: 0,
  state,
  siteName: null,
  graceMs: 90_000,
  revision: 1,
  wait: null,
  again: null,
  end: state.kind === 'ended' ? { reason: state.reason, what: 'What.', next: 'Next.', detail: null } : null,
})
const facts = (change: Partial<Facts>): Facts => ({ ...noFacts, request: 'sent', ...change })
const playing = view({ kind: 'playing', ...seat, sinceMs: 1 })

describe('phase of a session', () => {
  it('goes through every step of a start, in the order in which the page lists them', () => {
    const seen = [
      facts({ request: 'sending' }),
      facts({ session: view({ kind: 'requested' }), peer: 'connecting' }),
      facts({ session: view({ kind: 'reserved', ...seat }), peer: 'connecting' }),
      facts({ session: view({ kind: 'starting', ...seat, step: 'display' }), peer: 'connected' }),
      facts({ session: view({ kind: 'starting', ...seat, step: 'sound' }), peer: 'connected' }),
      facts({ session: view({ kind: 'starting', ...seat, step: 'game' }) }),
      facts({ session: view({ kind: 'starting', ...seat, step: 'picture' }) }),
      facts({ session: view({ kind: 'ready', ...seat }), peer: 'connecting' }),
      facts({ session: view({ kind: 'ready', ...seat }), peer: 'connected' }),
    ].map(phaseOf)
    expect([
      ...new Set(seen.map((phase) => (phase.kind === 'progress' ? phase.step : phase.kind))),
    ]).to.deep.equal([...progressSteps])
    expect(phaseOf(facts({ session: playing, peer: 'connected', shown: true, played: true })).kind).to.equal(
      'playing',
    )
  })

  it('plays on a picture, even while the router’s word for it is late', () => {
    expect(
      phaseOf(facts({ session: view({ kind: 'ready', ...seat }), peer: 'connected', shown: true })).kind,
    ).to.equal('playing')
  })

  it('seeks a stream that was there, with the time that the game waits', () => {
    const lost = facts({
      session: view({ kind: 'suspended', ...seat, graceEndsAtMs: 99 }),
      peer: 'lost',
      played: true,
    })
    expect(phaseOf(lost)).to.deep.equal({ kind: 'reconnecting', graceEndsAtMs: 99 })
    expect(phaseOf({ ...lost, session: playing, peer: 'connecting' })).to.deep.equal({
      kind: 'reconnecting',
      graceEndsAtMs: null,
    })
  })

  it('shows every end with its reason, whatever else is true', () => {
    for (const reason of endReason.options) {
      const phase = phaseOf(
        facts({
          session: view({ kind: 'ended', reason, detail: null, endedAtMs: 1 }),
          peer: 'connected',
          shown: true,
          taken: true,
          error: wireError('internal'),
        }),
      )
      expect(phase).to.deep.include({ kind: 'ended' })
      expect(phase.kind === 'ended' && phase.end.reason).to.equal(reason)
    }
  })

  it('says when another window took over, and when an error stopped this one', () => {
    expect(phaseOf(facts({ session: playing, taken: true, played: true })).kind).to.equal('taken')
    expect(phaseOf(facts({ session: playing, error: wireError('connect-failed') })).kind).to.equal('failed')
  })

  it('bounds every step and has words for each that takes too long', () => {
    for (const step of progressSteps) {
      expect(stepBoundMs[step]).to.be.within(1_000, 30_000)
      expect(overdueText[step].what).to.match(/\.$/)
      expect(overdueText[step].next).to.match(/\.$/)
    }
  })
})
