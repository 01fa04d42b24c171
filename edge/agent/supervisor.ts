import { NearcadeError } from '../../config/errors.ts'
import type { CheckFound } from '../../config/protocol/check.ts'
import type { EndReason, SessionEvent } from '../../config/protocol/session.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import { cannotPrepare } from '../session/ipc.ts'
import type { NodeSaves } from '../saves/nodeSaves.ts'
import type { FromSession, SeatSetup, SessionJob, SessionReport, ToSession } from '../session/ipc.ts'
import { makeRunFolder, removeRunFolder } from './runFolders.ts'
import type { Lease } from './seats.ts'
import type { ProcessExit, SessionProcess, SessionProcessOptions } from './sessionProcess.ts'

/** The processes on this node's seats: one a session, and spare ones whose display and sound stand ready. */
export interface Supervisor {
  /** Free seats that could start a game at once. */
  readonly warmSeats: readonly number[]
  /** A seat is about to be used: have a process on it. */
  prepare(seatId: number, size: DisplaySize): void
  start(seatId: number, job: Omit<SessionJob, 'encoderSpeeds'>, lease: Pick<Lease, 'leaseId' | 'fence'>): void
  /** False where no such session runs here, or one that is to end. */
  signal(sessionId: string, signal: Signal): boolean
  end(sessionId: string, reason: EndReason, detail?: string): boolean
  /** What each running session last said of itself. */
  readonly reports: ReadonlyMap<string, { readonly titleId: string; readonly report: SessionReport }>
  /** Ends every session as `node-stopped` and every process. */
  close(): Promise<void>
  /** Kills what is left; `close` settles soon after. */
  force(): void
}

export interface DisplaySize {
  readonly widthPx: number
  readonly heightPx: number
}

export interface SupervisorOptions {
  readonly seats: number
  readonly warmSeats: number
  readonly setup: Omit<SeatSetup, 'seatId' | 'sessionDir' | keyof DisplaySize>
  fork(options: Pick<SessionProcessOptions, 'onMessage' | 'onLine'>): SessionProcess
  /** The homes of games, with their saves. */
  readonly saves: Pick<NodeSaves, 'open' | 'nudge' | 'gone'>
  /** What the title of a session means by its saves. */
  saveGlobs?(job: Pick<SessionJob, 'titleId' | 'installed'>): readonly string[] | undefined
  /** What keeps the job's title from being started, such as files that are not as they were installed; null: nothing. Never rejects. */
  titleFault?(job: Pick<SessionJob, 'installed'>): Promise<string | null>
  /** What this node's encoders can do, as far as it is known. */
  encoderSpeeds?(): SessionJob['encoderSpeeds']
  /** Seats that nobody holds: only they may get a spare process. */
  isFree(seatId: number): boolean
  onEvent(sessionId: string, event: SessionEvent, leaseId: string): void
  onSignal(sessionId: string, signal: Signal): void
  onCheck?(sessionId: string, found: CheckFound, clip: string | null): void
  /** Nothing of the session is left: its seat can be given away. */
  onGone(sessionId: string, seatId: number): void
  /** After a process died without tidying up. */
  sweep(): Promise<void>
  onLine(line: string, fields: { readonly seat: number; readonly sessionId: string | null }): void
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void }
  readonly times?: Partial<SupervisorTimes>
  readonly nowMs?: () => number
}

export interface SupervisorTimes {
  /** From job to ready, should the router not say so first. */
  readonly startMs: number
  /** From the end event to the exit, before the process is killed. */
  readonly closeMs: number
  /** From ready to the next spare process: loading one takes a second of processor, which a game that has just begun needs. */
  readonly spareAfterMs: number
  /** Before a spare process that failed is tried again; doubles up to 32 times that. */
  readonly spareRetryMs: number
}

const defaultTimes: SupervisorTimes = {
  startMs: 60_000,
  closeMs: 8_000,
  spareAfterMs: 3_000,
  spareRetryMs: 2_000,
}
/**
 * Resident. A session takes about a fifth of it; the rest is what a hostile browser can make it hold, since the SCTP stack
 * bounds no message that is never finished. Past it one player's session ends, not the node.
 */
const maxProcessBytes = 1.5 * 1024 ** 3
const usualSize: DisplaySize = { widthPx: 1280, heightPx: 720 }

interface Slot {
  readonly seatId: number
  /** Null while its folder is being made. */
  process: SessionProcess | null
  /** What waits for it to be there. */
  readonly outbox: ToSession[]
  prepared: boolean
  job: SessionJob | null
  leaseId: string
  ready: boolean
  ended: boolean
  dismissed: boolean
  /** It is to end, as the node or the router wishes. */
  toEnd: boolean
  /** It was told to end for want of memory. */
  swollen: boolean
  report: SessionReport | null
  timer: NodeJS.Timeout | null
  readonly gone: Promise<void>
}

export function superviseSessions(options: SupervisorOptions): Supervisor {
  const times = { ...defaultTimes, ...options.times }
  const nowMs = options.nowMs ?? Date.now
  const { log } = options
  const slots = new Map<number, Slot>()
  let closing = false
  let forced = false
  let spareFailures = 0
  let spareTimer: NodeJS.Timeout | null = null
  let spareAtMs = Infinity

  /** One that is to end, or has, may still be closing while the session begins anew on another seat. */
  const bySession = (sessionId: string): Slot | undefined =>
    [...slots.values()].find((slot) => slot.job?.sessionId === sessionId && !slot.toEnd && !slot.ended)

  const post = (slot: Slot, message: ToSession): void => {
    if (slot.process === null) slot.outbox.push(message)
    else slot.process.send(message)
  }

  const setTimer = (slot: Slot, ms: number, run: () => void): void => {
    if (slot.timer !== null) clearTimeout(slot.timer)
    slot.timer = setTimeout(run, ms)
  }

  const onMessage = (slot: Slot, message: FromSession): void => {
    switch (message.kind) {
      case 'prepared':
        slot.prepared = true
        spareFailures = 0
        return
      case 'report':
        slot.report = message.report
        if (message.report.memoryBytes > maxProcessBytes) endSwollen(slot, message.report.memoryBytes)
        return
      case 'signal':
        if (slot.job !== null && !slot.ended) options.onSignal(slot.job.sessionId, message.signal)
        return
      case 'event':
        return onEvent(slot, message.event)
      case 'check':
        if (slot.job !== null && !slot.ended)
          options.onCheck?.(slot.job.sessionId, message.found, message.clip)
        return
      // Only a process without a seat measures.
      case 'measured':
        return
      default:
        return message satisfies never
    }
  }

  const endSwollen = (slot: Slot, bytes: number): void => {
    if (slot.job === null || slot.ended || slot.swollen) return
    slot.swollen = true
    const detail = `the session process took ${Math.round(bytes / 1024 ** 2)} MiB of memory`
    log.warn({ sessionId: slot.job.sessionId }, detail)
    post(slot, { kind: 'end', reason: 'session-crashed', detail })
    setTimer(slot, times.closeMs, () => slot.process?.kill())
  }

  const onEvent = (slot: Slot, event: SessionEvent): void => {
    if (slot.job === null || slot.ended) return
    // It has just made its first files, or stands still: what it has saved is whole.
    if (event.kind === 'ready' || event.kind === 'suspend') options.saves.nudge(slot.leaseId)
    if (event.kind === 'ready') {
      slot.ready = true
      if (slot.timer !== null) clearTimeout(slot.timer)
      slot.timer = null
      fillSpares(times.spareAfterMs)
    } else if (event.kind === 'end') {
      slot.ended = true
      setTimer(slot, times.closeMs, () => {
        log.warn({ sessionId: slot.job?.sessionId }, 'the session process did not close in time: killed')
        slot.process?.kill()
      })
    }
    options.onEvent(slot.job.sessionId, event, slot.leaseId)
  }

  /** Runs one process from its folder to its end. */
  const run = async (slot: Slot, size: DisplaySize): Promise<void> => {
    const sessionDir = await makeRunFolder()
    const child = options.fork({
      onMessage: (message) => onMessage(slot, message),
      onLine: (line) => options.onLine(line, { seat: slot.seatId, sessionId: slot.job?.sessionId ?? null }),
    })
    slot.process = child
    child.send({ kind: 'prepare', setup: { ...options.setup, seatId: slot.seatId, sessionDir, ...size } })
    for (const message of slot.outbox.splice(0)) child.send(message)
    if (forced) child.kill()
    const exit = await child.exited
    await tidy(() => removeRunFolder(sessionDir))
    await onExit(slot, exit)
  }

  /** What stays behind must not keep the session's end from being told. */
  const tidy = async (remove: () => Promise<void>): Promise<void> => {
    await remove().catch((error: unknown) => log.warn({ err: error }, 'could not tidy up after a session'))
  }

  const onExit = async (slot: Slot, exit: ProcessExit): Promise<void> => {
    if (slot.timer !== null) clearTimeout(slot.timer)
    const clean = exit.code === 0 && (slot.ended || slot.dismissed)
    if (!clean) await tidy(options.sweep)
    slots.delete(slot.seatId)
    if (slot.job === null) {
      if (!slot.dismissed) {
        spareFailures += 1
        log.warn({ seat: slot.seatId, ...exit }, 'a spare session process failed')
      }
    } else {
      if (!slot.ended) {
        slot.ended = true
        const unprepared = exit.code === cannotPrepare
        const detail = unprepared
          ? 'display or sound could not be started'
          : exit.signal === null
            ? `exit code ${exit.code}`
            : `signal ${exit.signal}`
        log.warn({ sessionId: slot.job.sessionId, ...exit }, 'a session process died')
        const reason = unprepared ? 'node-failed' : 'session-crashed'
        options.onEvent(slot.job.sessionId, { kind: 'end', reason, detail, atMs: nowMs() }, slot.leaseId)
      }
      options.saves.gone(slot.leaseId)
      options.onGone(slot.job.sessionId, slot.seatId)
    }
    fillSpares(0)
  }

  const open = (seatId: number, size: DisplaySize): Slot => {
    const slot: Slot = {
      seatId,
      process: null,
      outbox: [],
      prepared: false,
      job: null,
      leaseId: '',
      ready: false,
      ended: false,
      dismissed: false,
      toEnd: false,
      swollen: false,
      report: null,
      timer: null,
      gone: Promise.resolve().then(() =>
        run(slot, size).catch((error: unknown) => {
          log.warn({ seat: seatId, err: error }, 'a session process could not be started')
          return onExit(slot, { code: null, signal: null })
        }),
      ),
    }
    slots.set(seatId, slot)
    return slot
  }

  const fillSpares = (afterMs: number): void => {
    const retryMs = spareFailures > 0 ? times.spareRetryMs * 2 ** Math.min(spareFailures - 1, 5) : 0
    const delayMs = Math.max(afterMs, retryMs)
    const atMs = performance.now() + delayMs
    if (closing || atMs >= spareAtMs) return
    if (spareTimer !== null) clearTimeout(spareTimer)
    spareAtMs = atMs
    spareTimer = setTimeout(() => {
      spareAtMs = Infinity
      openSpares()
    }, delayMs)
  }
  const openSpares = (): void => {
    const starting = [...slots.values()].some((slot) => slot.job !== null && !slot.ready && !slot.ended)
    if (closing || starting) return
    let spares = [...slots.values()].filter((slot) => slot.job === null).length
    for (let seatId = 0; seatId < options.seats && spares < options.warmSeats; seatId += 1) {
      if (slots.has(seatId) || !options.isFree(seatId)) continue
      open(seatId, usualSize)
      spares += 1
    }
  }

  openSpares()
  return {
    get warmSeats() {
      return [...slots.values()]
        .filter((slot) => slot.job === null && slot.prepared)
        .map((slot) => slot.seatId)
    },
    prepare(seatId, size) {
      if (!closing && !slots.has(seatId)) open(seatId, size)
    },
    start(seatId, asked, { leaseId, fence }) {
      const encoderSpeeds = options.encoderSpeeds?.() ?? null
      const job = { ...asked, encoderSpeeds }
      const slot = slots.get(seatId) ?? open(seatId, usualSize)
      slot.job = job
      slot.leaseId = leaseId
      post(slot, { kind: 'job', job })
      // Display and sound come up meanwhile.
      const { sessionId, guestId, titleId } = job
      const globs = options.saveGlobs?.(job)
      const failStart = (reason: EndReason, detail: string): void => {
        if (slot.ended) return
        post(slot, { kind: 'end', reason, detail })
        setTimer(slot, times.closeMs, () => slot.process?.kill())
      }
      const looked = options.titleFault?.(job) ?? Promise.resolve(null)
      const isPassing = job.check !== undefined
      options.saves.open({ sessionId, guestId, titleId, leaseId, fence, saves: globs, isPassing }).then(
        async (folder) => {
          const fault = await looked
          if (fault === null) post(slot, { kind: 'home', folder })
          else failStart('node-failed', fault)
        },
        (error: unknown) => {
          if (!slot.ended) log.warn({ sessionId, err: error }, 'the saves of a session could not be had')
          failStart(
            'saves-unavailable',
            error instanceof NearcadeError ? error.details.join('; ') : String(error),
          )
        },
      )
      setTimer(slot, times.startMs * (job.check === undefined ? 1 : 2), () => {
        post(slot, { kind: 'end', reason: 'start-timeout', detail: null })
        // A process that is stuck says nothing: its exit then counts as a crash.
        setTimer(slot, times.closeMs, () => slot.process?.kill())
      })
    },
    signal(sessionId, signal) {
      const slot = bySession(sessionId)
      if (slot === undefined) return false
      post(slot, { kind: 'signal', signal })
      return true
    },
    end(sessionId, reason, detail) {
      const slot = bySession(sessionId)
      if (slot === undefined) return false
      slot.toEnd = true
      post(slot, { kind: 'end', reason, detail: detail ?? null })
      setTimer(slot, times.closeMs, () => slot.process?.kill())
      return true
    },
    get reports() {
      const reports = new Map<string, { titleId: string; report: SessionReport }>()
      for (const { job, report } of slots.values()) {
        if (job !== null && report !== null) reports.set(job.sessionId, { titleId: job.titleId, report })
      }
      return reports
    },
    async close() {
      closing = true
      if (spareTimer !== null) clearTimeout(spareTimer)
      for (const slot of slots.values()) {
        slot.dismissed = true
        if (slot.job === null) post(slot, { kind: 'dismiss' })
        else if (!slot.ended) post(slot, { kind: 'end', reason: 'node-stopped', detail: null })
        setTimer(slot, times.closeMs, () => slot.process?.kill())
      }
      await Promise.all([...slots.values()].map((slot) => slot.gone))
    },
    force() {
      forced = true
      for (const slot of slots.values()) slot.process?.kill()
    },
  }
}
