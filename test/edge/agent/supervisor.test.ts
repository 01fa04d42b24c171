import { defaultStrategies } from '../../../config/settings/strategies.ts'
import { expect } from 'chai'
import { NearcadeError } from '../../../config/errors.ts'
import type { SessionEvent } from '../../../config/protocol/session.ts'
import { superviseSessions, type Supervisor } from '../../../edge/agent/supervisor.ts'
import type { ProcessExit } from '../../../edge/agent/sessionProcess.ts'
import type { FromSession, SessionJob, SessionReport, ToSession } from '../../../edge/session/ipc.ts'

const job: SessionJob = {
  sessionId: 's1',
  titleId: 'latency-lab',
  guestId: 'g1',
  encoderSpeeds: null,
  stream: { widthPx: 1280, heightPx: 720, fps: 60, maxBitrateBps: 8_000_000 },
  graceMs: 1000,
  idleMs: 1000,
  idleWarningMs: 100,
}
const report: SessionReport = {
  cpuSeconds: 1,
  memoryBytes: 300 * 1024 ** 2,
  gameCpuSeconds: null,
  gameMemoryBytes: null,
  loopDelayP99Ms: 1,
  loopDelayMaxMs: 1,
  fps: 60,
  encodeMs: 1,
  bitrateBps: 1,
  framesDropped: 0,
  keyframes: 1,
  player: null,
  distance: null,
  inputs: {},
  dropped: {},
}

/** A supervisor of one seat with one process that does what the test says. */
function open(sweep: () => Promise<void>, home: Promise<string> = Promise.resolve('/home')) {
  const told: ToSession[] = []
  const events: SessionEvent[] = []
  let say = (_message: FromSession): void => {}
  let exit = (_exit: ProcessExit): void => {}
  let settleGone = (): void => {}
  const gone = new Promise<void>((resolve) => {
    settleGone = resolve
  })
  let settleForked = (): void => {}
  const forked = new Promise<void>((resolve) => {
    settleForked = resolve
  })
  const supervisor: Supervisor = superviseSessions({
    seats: 1,
    warmSeats: 0,
    setup: {
      titlesDir: '',
      builtDir: '',
      advertise: [],
      announceOwn: true,
      ipv6: true,
      udpPorts: null,
      strategies: defaultStrategies,
      logLevel: 'silent',
    },
    fork({ onMessage }) {
      say = onMessage
      settleForked()
      const exited = new Promise<ProcessExit>((resolve) => {
        exit = resolve
      })
      return { pid: 0, send: (message) => void told.push(message), exited, kill: () => {} }
    },
    saves: { open: () => home, nudge: () => {}, gone: () => {} },
    isFree: () => true,
    onEvent: (_sessionId, event) => void events.push(event),
    onSignal: () => {},
    onGone: settleGone,
    sweep,
    onLine: () => {},
    log: { info: () => {}, warn: () => {} },
  })
  supervisor.start(0, job, { leaseId: 'lease', fence: 1 })
  return {
    forked,
    gone,
    told,
    events,
    supervisor,
    say: (message: FromSession) => say(message),
    exit: (status: ProcessExit) => exit(status),
  }
}

describe('the supervisor of session processes', () => {
  it('tells that a session crashed even where what it left cannot be removed', async () => {
    const seat = open(() => Promise.reject(new Error('EACCES')))
    await seat.forked
    seat.exit({ code: null, signal: 'SIGSEGV' })
    await seat.gone
    expect(seat.events.at(-1)).to.include({
      kind: 'end',
      reason: 'session-crashed',
      detail: 'signal SIGSEGV',
    })
  })

  it('gives the game its home once it is there', async () => {
    const seat = open(async () => {})
    await seat.forked
    expect(seat.told.map(({ kind }) => kind)).to.deep.equal(['prepare', 'job', 'home'])
    seat.exit({ code: 0, signal: null })
    await seat.gone
  })

  it('starts no game whose saves cannot be had, and says why', async () => {
    const seat = open(async () => {}, Promise.reject(new NearcadeError('saves-unavailable', ['no router'])))
    await seat.forked
    expect(seat.told.map(({ kind }) => kind)).to.deep.equal(['prepare', 'job', 'end'])
    expect(seat.told.at(-1)).to.include({ reason: 'saves-unavailable', detail: 'no router' })
    seat.exit({ code: 0, signal: null })
    await seat.gone
  })

  it('has nothing more to say to a session that is to end: it may begin anew beside it', async () => {
    const seat = open(async () => {})
    await seat.forked
    expect(seat.supervisor.end('s1', 'internal')).to.equal(true)
    expect(seat.supervisor.end('s1', 'internal')).to.equal(false)
    expect(seat.supervisor.signal('s1', { kind: 'offer', peerId: 'p', sdp: '' })).to.equal(false)
    seat.exit({ code: 0, signal: null })
    await seat.gone
    expect(seat.events.at(-1)).to.include({ kind: 'end' })
  })

  it('ends a session whose process grows beyond all reason, once', async () => {
    const seat = open(async () => {})
    await seat.forked
    const ends = () => seat.told.filter(({ kind }) => kind === 'end')
    seat.say({ kind: 'report', report })
    expect(ends()).to.deep.equal([])
    for (let i = 0; i < 2; i += 1)
      seat.say({ kind: 'report', report: { ...report, memoryBytes: 1.6 * 1024 ** 3 } })
    expect(ends()).to.have.length(1)
    expect(ends()[0]).to.include({
      reason: 'session-crashed',
      detail: 'the session process took 1638 MiB of memory',
    })
    seat.exit({ code: null, signal: 'SIGKILL' })
    await seat.gone
  })
})
