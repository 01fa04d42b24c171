import { expect } from 'chai'
import type { FromNode, ToNode } from '../../../config/protocol/nodeSocket.ts'
import type { EndReason } from '../../../config/protocol/session.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import type { StartableTitle } from '../../../edge/agent/heldTitles.ts'
import { createDesk, type Desk } from '../../../edge/agent/desk.ts'
import { createManualClock, type ManualClock } from '../../server/support/manualClock.ts'
import { titleJson } from '../../server/support/titles.ts'

type Start = Extract<ToNode, { kind: 'start' }>

const game: StartableTitle = { display: titleJson('game').display, installed: null }

describe('the desk, told things late or twice', () => {
  let clock: ManualClock
  let desk: Desk
  let sent: FromNode[]
  /** Sessions on seats: `seat session`, and what was ended. */
  let began: string[]
  let ended: string[]
  let versions: Map<string, StartableTitle>
  /** Tree ids of what began; null: a title of the node's own. */
  let installed: (string | null)[]
  /** Processes with their leases, and whether one that is told to end does so at once. */
  let processes: { sessionId: string; leaseId: string; toEnd: boolean }[]
  let isSlow: boolean
  let isDraining = false

  beforeEach(() => {
    clock = createManualClock()
    sent = []
    began = []
    ended = []
    processes = []
    isSlow = false
    isDraining = false
    installed = []
    versions = new Map()
    let fence = 0
    desk = createDesk({
      nodeId: 'n',
      seatCount: 2,
      title: (titleId, version) =>
        titleId === 'game' ? (version === undefined ? game : (versions.get(version) ?? null)) : null,
      codecs: () => ['h264'],
      draining: () => isDraining,
      closing: () => false,
      send: (message) => sent.push(message) > 0,
      onChange: () => {},
      nextFence: () => ++fence,
      log: { info: () => {}, warn: () => {} },
      clock: {
        wallMs: () => clock.now(),
        monotonicMs: () => clock.monotonic(),
        after: (delayMs, action) => clock.after(delayMs, action),
      },
      ticketFault: async () => null,
    })
    desk.attach({
      warmSeats: [],
      prepare: () => {},
      start(seatId, { sessionId, installed: folder }, { leaseId }) {
        installed.push(folder?.treeId ?? null)
        began.push(`${seatId} ${sessionId}`)
        processes.push({ sessionId, leaseId, toEnd: false })
      },
      signal: () => true,
      end(sessionId, reason) {
        const process = processes.find((one) => one.sessionId === sessionId && !one.toEnd)
        if (process === undefined) return false
        process.toEnd = true
        ended.push(sessionId)
        if (!isSlow) over(process.leaseId, reason)
        return true
      },
    })
    desk.accepted({ ticketKey: {}, nowMs: clock.now(), leaseMs: 60_000 })
  })
  afterEach(() => desk.settled(0))

  async function told(...messages: readonly ToNode[]): Promise<void> {
    for (const message of messages) desk.receive(message)
    await new Promise((resolve) => setImmediate(resolve))
  }
  async function start(requestId: string, sessionId = 's', version?: string): Promise<Start> {
    await told(reserve(requestId, sessionId, version))
    const answer = sent.findLast((message) => message.kind === 'reserved')
    if (answer?.kind !== 'reserved') throw new Error('no seat')
    const order: Start = {
      kind: 'start',
      sessionId,
      leaseId: answer.leaseId,
      fence: answer.fence,
      titleId: 'game',
      guestId: 'g',
      ticket: 't',
      stream: defaultStream,
      graceMs: 1,
      idleMs: 1,
      idleWarningMs: 1,
    }
    await told(order)
    return order
  }
  const reserve = (requestId: string, sessionId: string, version?: string): ToNode => ({
    kind: 'reserve',
    requestId,
    sessionId,
    titleId: 'game',
    ...(version === undefined ? {} : { version }),
    codecs: ['h264'],
    holdMs: 20_000,
  })
  const over = (leaseId: string, reason: EndReason): void =>
    desk.record('s', { kind: 'end', reason, detail: null, atMs: clock.now() }, leaseId)
  const ends = (): unknown[] =>
    sent.flatMap((message) =>
      message.kind === 'session-event' && message.event.kind === 'end' ? [message.fence] : [],
    )
  const end = (leaseId?: string): ToNode => ({
    kind: 'end',
    sessionId: 's',
    reason: 'internal',
    ...(leaseId === undefined ? {} : { leaseId }),
  })

  it('starts the version that was reserved, and counts it as in use until nothing is left of the session', async () => {
    const treeId = 'ab'
    await told(reserve('a', 's', '1.0.0'))
    expect(sent.at(-1)).to.include({ kind: 'refused', reason: 'title-missing' })
    versions.set('1.0.0', {
      ...game,
      installed: { treeId, folder: '/versions/ab', seat: { memoryBytes: 1, cpuCores: 1 } },
    })
    await told(reserve('b', 's', '1.0.0'))
    expect([...desk.packages]).to.deep.equal([treeId])
    // Another build takes its place: the one that was reserved stays.
    versions.clear()
    const started = await start('c', 's', '1.0.0')
    expect(installed).to.deep.equal([treeId])
    over(started.leaseId, 'player-ended')
    expect([...desk.packages]).to.deep.equal([treeId])
    desk.gone(0)
    expect([...desk.packages]).to.deep.equal([])
  })

  it('lets a session begin anew here while what it was before still closes, and keeps to the new one', async () => {
    const first = await start('a')
    await told(end(first.leaseId))
    const second = await start('b')
    expect(began).to.deep.equal(['0 s', '1 s'])
    ended = []
    await told(first, second, end(first.leaseId))
    expect(began).to.have.length(2)
    expect(ended).to.deep.equal([])
    desk.gone(0)
    expect(desk.seats.map(({ state }) => state.kind)).to.deep.equal(['free', 'busy'])
    await told(end(second.leaseId))
    expect(ended).to.deep.equal(['s'])
  })

  it('gives a session whose process takes a while to end a fresh lease, which that end does not touch', async () => {
    isSlow = true
    const first = await start('a')
    await told(end(first.leaseId))
    expect(desk.seats.map(({ state }) => state.kind)).to.deep.equal(['busy', 'free'])
    const second = await start('b')
    expect(second.leaseId).not.to.equal(first.leaseId)
    expect(began).to.deep.equal(['0 s', '1 s'])
    over(first.leaseId, 'internal')
    expect(ends()).to.deep.equal([])
    await told({ kind: 'renew', leaseIds: [first.leaseId], statusSeq: 100 })
    clock.pass(59_000)
    await told({ kind: 'renew', leaseIds: [second.leaseId], statusSeq: 101 })
    clock.pass(59_000)
    expect(ended, 'when the first one lapses').to.deep.equal(['s'])
    desk.gone(0)
    expect(desk.seats.map(({ state }) => state.kind)).to.deep.equal(['free', 'busy'])
    over(second.leaseId, 'game-exited')
    expect(ends()).to.deep.equal([second.fence])
  })

  it('refuses a session whose process still ends on the only seat left', async () => {
    isSlow = true
    await start('a', 'other')
    const { leaseId } = await start('b')
    await told(end(leaseId))
    await told({
      kind: 'reserve',
      requestId: 'c',
      sessionId: 's',
      titleId: 'game',
      codecs: ['h264'],
      holdMs: 9,
    })
    expect(sent.at(-1)).to.deep.equal({ kind: 'refused', requestId: 'c', reason: 'no-seat' })
  })

  it('starts nothing at an order whose lease is over, and says so once', async () => {
    const first = await start('a')
    await told(end(first.leaseId))
    desk.gone(0)
    const { seq } = sent.findLast((message) => message.kind === 'session-event') ?? { seq: 0 }
    await told({ kind: 'seen', sessionId: 's', seq })
    expect(desk.report().sessions).to.deep.equal([])
    await told(first)
    expect(began).to.have.length(1)
    expect(desk.report().sessions.map(({ state }) => state.kind)).to.deep.equal(['ended'])
    expect(desk.seats.every(({ state }) => state.kind === 'free')).to.equal(true)
  })

  it('keeps a session for as long as the router stands by it, and no longer for what it said before', async () => {
    const { leaseId } = await start('a')
    const renew = (statusSeq: number): ToNode => ({ kind: 'renew', leaseIds: [leaseId], statusSeq })
    clock.pass(59_000)
    await told(renew(100))
    clock.pass(59_000)
    expect(ended).to.deep.equal([])
    await told(renew(100), renew(99))
    clock.jump(-3_600_000)
    clock.pass(999)
    expect(ended).to.deep.equal([])
    clock.pass(1)
    expect(ended).to.deep.equal(['s'])
  })

  it('starts what it has promised, also when it takes nobody new by then', async () => {
    await told(reserve('a', 's'))
    isDraining = true
    await told(reserve('b', 't'))
    expect(sent.at(-1)).to.include({ kind: 'refused', requestId: 'b', reason: 'draining' })
    await start('a')
    expect(began).to.deep.equal(['0 s'])
  })

  it('checks tickets by the router’s clock', async () => {
    let checkedAtMs = 0
    const skewed = createDesk({
      nodeId: 'n',
      seatCount: 1,
      title: (titleId) => (titleId === 'game' ? game : null),
      codecs: () => ['h264'],
      draining: () => false,
      closing: () => false,
      send: (message) => sent.push(message) > 0,
      onChange: () => {},
      nextFence: () => 1,
      log: { info: () => {}, warn: () => {} },
      clock: { wallMs: () => 500, monotonicMs: () => 0, after: () => () => {} },
      ticketFault: async (_ticket, _key, _expected, nowMs) => {
        checkedAtMs = nowMs
        return 'enough'
      },
    })
    skewed.accepted({ ticketKey: {}, nowMs: 1_700_000_000_000 })
    const order = await start('a')
    skewed.receive(order)
    await new Promise((resolve) => setImmediate(resolve))
    expect(checkedAtMs).to.equal(1_700_000_000_000)
  })
})
