import { rm } from 'node:fs/promises'
import { pino } from 'pino'
import { maxClipBytes } from '../../config/protocol/check.ts'
import type { Film } from '../check/film.ts'
import { measureEncoders } from '../media/encoderSpeed.ts'
import type { FromSession, SeatSetup, SessionJob, ToSession } from './ipc.ts'
import { cannotPrepare } from './ipc.ts'
import { encodeClip } from '../titles/clip.ts'
import { findFfmpeg } from '../titles/ffmpeg.ts'
import { realParts, type SessionParts } from './parts.ts'
import { startReports } from './reporter.ts'
import { prepareSeat, type PreparedSeat } from './seat.ts'
import { startSession, type Session } from './session.ts'

/** The session process: one seat, at most one session, then the end. The agent speaks to it over IPC. */
const send = (message: FromSession): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

let log = pino({ base: { pid: process.pid } })
let setup: SeatSetup | null = null
let seat: PreparedSeat | null = null
let session: Session | null = null
let leaving: Promise<never> | null = null

const leave = (code: number): Promise<never> =>
  (leaving ??= (async () => {
    await seat?.[Symbol.asyncDispose]()
    if (setup !== null) await rm(setup.sessionDir, { recursive: true, force: true })
    process.exit(code)
  })())

function prepare(given: SeatSetup): void {
  setup = given
  log = pino({ level: given.logLevel, base: { pid: process.pid } })
  seat = prepareSeat(given, (error) => log.warn({ err: error }, 'no sound on this seat'))
  seat.ready.then(
    () => send({ kind: 'prepared' }),
    (error: unknown) => log.error({ err: error }, 'the display could not be started'),
  )
  // With a job, the session says so itself.
  void seat.broken.then(() => {
    if (session === null) void leave(cannotPrepare)
  })
}

function begin(job: SessionJob): void {
  if (setup === null || seat === null || session !== null || leaving !== null) return
  const parts: SessionParts = {
    ...realParts,
    measureTitle: (title) => realParts.measureTitle({ ...title, makeClip }),
  }
  const begun = startSession(job, setup, seat, parts, {
    event: (event) => send({ kind: 'event', event }),
    signal: (signal) => send({ kind: 'signal', signal }),
    checked: (found, clip) => send({ kind: 'check', found, clip: clip?.toString('base64') ?? null }),
    log: (fields, text) => log.info(fields, text),
  })
  session = begun
  const reports = startReports(begun, (report) => send({ kind: 'report', report }))
  void begun.closed.then(() => {
    reports.stop()
    return leave(0)
  })
}

async function makeClip(film: Film, folder: string): Promise<Buffer | null> {
  try {
    const { path } = findFfmpeg(process.env)
    return await encodeClip(film, { ffmpeg: path, folder, maxBytes: maxClipBytes })
  } catch (error) {
    log.warn({ err: error }, 'no clip of the check could be made')
    return null
  }
}

async function measure(): Promise<void> {
  const speeds = await measureEncoders(['h264', 'vp8', 'vp9', 'av1'])
  const measured: FromSession = { kind: 'measured', speeds }
  if (process.connected) await new Promise((sent) => process.send?.(measured, undefined, undefined, sent))
  await leave(0)
}

/** What does not close within this time is left to the agent's sweep. */
const patienceMs = 10_000

/** Asked to go, or left alone: whatever runs is closed first. */
function stop(): void {
  setTimeout(() => process.exit(1), patienceMs).unref()
  if (session === null) void leave(0)
  else session.end('node-stopped', null)
}

process.on('message', (message) => {
  // The agent is the other half of this program and speaks ToSession only.
  const order = message as ToSession
  switch (order.kind) {
    case 'prepare':
      return prepare(order.setup)
    case 'measure':
      return void measure()
    case 'job':
      return begin(order.job)
    case 'home':
      return session?.enterHome(order.folder)
    case 'signal':
      return session?.signal(order.signal)
    case 'end':
      if (session === null) void leave(0)
      return session?.end(order.reason, order.detail)
    case 'dismiss':
      return stop()
    default:
      return order satisfies never
  }
})
process.on('disconnect', () => {
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  stop()
})
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
