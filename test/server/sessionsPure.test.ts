import { expect } from 'chai'
import type { NodeSession } from '../../config/protocol/nodeSocket.ts'
import { transition, type SessionState } from '../../config/protocol/session.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import { eventsTowards } from '../../server/sessions/catchUp.ts'
import { createHeldSignals } from '../../server/sessions/heldSignals.ts'
import { reconcile } from '../../server/sessions/reconcile.ts'
import { createBucket } from '../../config/rate.ts'

const seat = { nodeId: 'n', leaseId: 'l', fence: 5 }
const seated: readonly SessionState[] = [
  { kind: 'reserved', ...seat },
  { kind: 'starting', ...seat, step: 'sound' },
  { kind: 'ready', ...seat },
  { kind: 'playing', ...seat, sinceMs: 10 },
  { kind: 'suspended', ...seat, graceEndsAtMs: 20 },
]
const over: SessionState = { kind: 'ended', reason: 'game-crashed', detail: 'x', endedAtMs: 30 }
const order = ['reserved', 'starting', 'ready', 'playing', 'suspended', 'ended']

describe('catching up with a node', () => {
  for (const known of seated)
    for (const reported of [...seated, over]) {
      const goesForward = order.indexOf(reported.kind) >= order.indexOf(known.kind)
      it(`leads from ${known.kind} towards ${reported.kind} by events that the rule book takes`, () => {
        let state = known
        for (const event of eventsTowards(known, reported)) {
          const next = transition(state, event)
          expect(next.ok, `${event.kind} in ${state.kind}`).to.equal(true)
          if (next.ok) state = next.state
        }
        const between = known.kind === 'suspended' && reported.kind === 'playing'
        if (goesForward || between) expect(state.kind).to.equal(reported.kind)
      })
    }
})

describe('reconciling with a node', () => {
  const named = (change: Partial<NodeSession> = {}): NodeSession => ({
    sessionId: 's',
    leaseId: 'l',
    fence: 5,
    titleId: 't',
    state: { kind: 'playing', ...seat, sinceMs: 1 },
    eventSeq: 3,
    ...change,
  })
  const known = (state: SessionState, nodeSeq = 3) => ({ state, nodeSeq })
  const [reserved, , , playing] = seated as [SessionState, SessionState, SessionState, SessionState]

  it('agrees when nothing is new', () => {
    expect(reconcile(known(playing), 'n', named(), true, false).kind).to.equal('agree')
  })
  it('catches up when the node is ahead', () => {
    expect(reconcile(known(reserved, 0), 'n', named(), true, false)).to.deep.include({
      kind: 'catch-up',
      seq: 3,
    })
  })
  it('takes as lost what a node that came back has forgotten', () => {
    expect(reconcile(known(playing), 'n', null, true, true).kind).to.equal('lost')
  })
  it('leaves a held seat alone: its session is not on the node yet', () => {
    const line = { region: 'r', seatClass: 'c', sinceMs: 1, budgetMs: null }
    const held: SessionState = { kind: 'held', ...seat, ...line, confirmByMs: 9 }
    for (const first of [true, false])
      expect(reconcile(known(held, 0), 'n', null, first, false).kind).to.equal('agree')
  })
  it('starts again what the node was never told to start', () => {
    expect(reconcile(known(reserved, 0), 'n', null, true, false).kind).to.equal('start-again')
  })
  it('ends as session-crashed what vanishes from a connected node', () => {
    expect(reconcile(known(playing), 'n', null, false, true)).to.deep.include({
      kind: 'end',
      reason: 'session-crashed',
    })
  })
  it('waits for a session that the node has not named yet', () => {
    expect(reconcile(known(reserved, 0), 'n', null, false, false).kind).to.equal('agree')
  })
  it('does not take an older lease for the present one', () => {
    expect(reconcile(known(playing), 'n', named({ fence: 4 }), true, true).kind).to.equal('lost')
  })
  it('leaves sessions of other nodes alone', () => {
    expect(reconcile(known(playing), 'other', null, true, true).kind).to.equal('agree')
    expect(reconcile(known({ kind: 'requested' }), 'n', null, true, true).kind).to.equal('agree')
  })
})

describe('held signals', () => {
  const offer = (peerId: string, length = 10): Signal => ({ kind: 'offer', peerId, sdp: 'x'.repeat(length) })
  const idOf = (signal: Signal): string => signal.peerId

  it('come out in order, once', () => {
    const held = createHeldSignals(3, 1000)
    for (const peer of ['a', 'b', 'c']) expect(held.hold(offer(peer))).to.equal(true)
    const out: string[] = []
    held.release((signal) => out.push(idOf(signal)) > 0)
    held.release((signal) => out.push(idOf(signal)) > 0)
    expect(out).to.deep.equal(['a', 'b', 'c'])
  })
  it('stay, in order, from the first one that the receiver does not take', () => {
    const held = createHeldSignals(3, 1000)
    for (const peer of ['a', 'b', 'c']) held.hold(offer(peer))
    held.release((signal) => idOf(signal) === 'a')
    const out: string[] = []
    held.release((signal) => out.push(idOf(signal)) > 0)
    expect(out).to.deep.equal(['b', 'c'])
  })
  it('keep only the latest attempt when the node that they were for is gone', () => {
    const held = createHeldSignals(9, 1000)
    const candidate = (peerId: string): Signal => ({
      kind: 'candidate',
      peerId,
      candidate: 'c',
      sdpMid: null,
      sdpMLineIndex: null,
    })
    for (const signal of [offer('a'), offer('b'), candidate('a'), candidate('b')]) held.hold(signal)
    held.keepLatestPeers()
    const out: string[] = []
    held.release((signal) => out.push(`${signal.kind} ${idOf(signal)}`) > 0)
    expect(out).to.deep.equal(['offer b', 'candidate b'])
  })
  it('are bounded in number and in size, and room comes back', () => {
    const held = createHeldSignals(2, 100)
    expect(held.hold(offer('big', 101))).to.equal(false)
    expect(held.hold(offer('a', 60))).to.equal(true)
    expect(held.hold(offer('b', 60))).to.equal(false)
    expect(held.hold(offer('c', 10))).to.equal(true)
    expect(held.hold(offer('d', 1))).to.equal(false)
    held.release(() => true)
    expect(held.hold(offer('e', 100))).to.equal(true)
  })
})

describe('the rate bucket', () => {
  it('takes a burst, then as much as it gains', () => {
    const bucket = createBucket(2, 10)
    expect([0, 0, 0].map((at) => bucket.take(at))).to.deep.equal([true, true, false])
    expect(bucket.take(100)).to.equal(true)
    expect(bucket.take(100)).to.equal(false)
    expect([9000, 9000, 9000].map((at) => bucket.take(at))).to.deep.equal([true, true, false])
  })
  it('survives a clock that goes back', () => {
    const bucket = createBucket(1, 10)
    expect(bucket.take(1000)).to.equal(true)
    expect(bucket.take(500)).to.equal(false)
    expect(bucket.take(600)).to.equal(true)
  })
})
