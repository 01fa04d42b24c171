import { randomUUID } from 'node:crypto'
import type { FromNode, NodeStatus, ToNode } from '../../config/protocol/nodeSocket.ts'
import type { SessionEvent } from '../../config/protocol/session.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import {
  commitSeat,
  emptySeats,
  expireHolds,
  freeSeat,
  releaseHold,
  reserveSeat,
  type Lease,
  type SeatTable,
} from './seats.ts'
import {
  emptyLedger,
  forgetBeyond,
  markSeen,
  openSession,
  recordEvent,
  toNodeSession,
  type SessionLedger,
} from './sessionLedger.ts'
import type { Supervisor } from './supervisor.ts'
import { ticketFault } from './ticket.ts'

/** Where the router's wishes meet the node's seats: it answers, books, starts and keeps the accounts. */
export interface Desk {
  /** The processes that it gives work to. */
  attach(supervisor: Pick<Supervisor, 'warmSeats' | 'prepare' | 'start' | 'signal' | 'end'>): void
  receive(message: ToNode): void
  /** The router took us in (again): what it has not seen yet is sent again. */
  accepted(ticketKey: Readonly<Record<string, unknown>>): void
  record(sessionId: string, event: SessionEvent): void
  /** Nothing is left of the session. */
  gone(sessionId: string): void
  isFree(seatId: number): boolean
  readonly seats: SeatTable
  report(): Pick<NodeStatus, 'seats' | 'sessions'>
  /** Settles when the router has seen every event, or after `timeoutMs`. */
  settled(timeoutMs: number): Promise<void>
}

export interface DeskOptions {
  readonly nodeId: string
  readonly seatCount: number
  readonly titles: readonly TitleManifest[]
  /** What this node encodes in real time. */
  codecs(): NodeStatus['codecs']
  readonly draining: () => boolean
  readonly send: (message: FromNode) => boolean
  /** Something that the status tells has changed. */
  readonly onChange: () => void
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void }
  readonly nowMs?: () => number
}

/** Ended sessions kept for a router that does not answer. */
const keepEnded = 500

type Ask<Kind extends ToNode['kind']> = Extract<ToNode, { kind: Kind }>

export function createDesk(options: DeskOptions): Desk {
  const { log, send } = options
  const nowMs = options.nowMs ?? Date.now
  let seats: SeatTable = emptySeats(options.seatCount)
  let ledger: SessionLedger = emptyLedger
  let supervisor: Parameters<Desk['attach']>[0] | null = null
  let ticketKey: Readonly<Record<string, unknown>> = {}
  let holdTimer: NodeJS.Timeout | null = null
  /** Messages are handled one after the other, also where a ticket has to be checked first. */
  let queue: Promise<void> = Promise.resolve()
  let onSettled: (() => void) | null = null

  const owesNothing = (): boolean => [...ledger.values()].every((record) => record.unseen.length === 0)

  const setSeats = (next: SeatTable): void => {
    if (next === seats) return
    seats = next
    if (holdTimer !== null) clearTimeout(holdTimer)
    const holds = seats.flatMap(({ state }) => (state.kind === 'reserved' ? [state.expiresAtMs] : []))
    holdTimer =
      holds.length === 0
        ? null
        : setTimeout(() => setSeats(expireHolds(seats, nowMs())), Math.max(0, Math.min(...holds) - nowMs()))
    options.onChange()
  }

  const record = (sessionId: string, event: SessionEvent): void => {
    const recorded = recordEvent(ledger, sessionId, event)
    if (recorded === null) return
    ledger = forgetBeyond(recorded.ledger, keepEnded)
    const { fence } = recorded.record
    send({ kind: 'session-event', sessionId, fence, ...recorded.numbered })
  }

  const reserve = (ask: Ask<'reserve'>): void => {
    const refuse = (reason: Extract<FromNode, { kind: 'refused' }>['reason']): void => {
      send({ kind: 'refused', requestId: ask.requestId, reason })
    }
    const title = options.titles.find(({ id }) => id === ask.titleId)
    if (options.draining()) return refuse('draining')
    if (title === undefined) return refuse('title-missing')
    const encodable = options.codecs()
    if (!ask.codecs.some((codec) => encodable.includes(codec))) return refuse('codec-missing')
    const reservation = reserveSeat(seats, {
      sessionId: ask.sessionId,
      leaseId: randomUUID(),
      holdMs: ask.holdMs,
      nowMs: nowMs(),
      prefer: supervisor?.warmSeats ?? [],
    })
    setSeats(reservation.table)
    if (!reservation.ok) return refuse('no-seat')
    const { seatId, lease, expiresAtMs } = reservation
    supervisor?.prepare(seatId, title.display)
    send({
      kind: 'reserved',
      requestId: ask.requestId,
      leaseId: lease.leaseId,
      fence: lease.fence,
      seatId,
      expiresAtMs,
    })
  }

  /** A session that cannot begin still ends with a reason, which the router hears like any other. */
  const failStart = (ask: Ask<'start'>, detail: string): void => {
    log.warn({ sessionId: ask.sessionId, detail }, 'a session was not started')
    const { sessionId, leaseId, fence, titleId } = ask
    ledger = openSession(ledger, { sessionId, leaseId, fence, titleId, nodeId: options.nodeId })
    record(sessionId, { kind: 'end', reason: 'start-failed', detail, atMs: nowMs() })
    setSeats(releaseHold(seats, leaseId))
  }

  const start = async (ask: Ask<'start'>): Promise<void> => {
    const { sessionId, leaseId, fence, titleId, guestId } = ask
    if (ledger.has(sessionId)) return
    const fault = await ticketFault(ask.ticket, ticketKey, { sessionId, guestId, nodeId: options.nodeId })
    if (fault !== null) return failStart(ask, `the ticket is not good: ${fault}`)
    if (options.draining()) return failStart(ask, 'the node is being shut down')
    const lease: Lease = { leaseId, sessionId, fence }
    const commit = commitSeat(seats, lease, nowMs())
    setSeats(commit.table)
    if (commit.kind === 'refused') return failStart(ask, 'the seat was not held any more')
    if (commit.kind === 'repeated') return
    ledger = openSession(ledger, { sessionId, leaseId, fence, titleId, nodeId: options.nodeId })
    log.info({ sessionId, titleId, seat: commit.seatId }, 'session starts')
    const { stream, graceMs, idleMs, idleWarningMs } = ask
    supervisor?.start(commit.seatId, {
      sessionId,
      titleId,
      guestId,
      stream,
      graceMs,
      idleMs,
      idleWarningMs,
    })
  }

  const signal = ({ sessionId, signal: offered }: Ask<'signal'>): void => {
    if (supervisor?.signal(sessionId, offered) === true || offered.kind !== 'offer') return
    send({
      kind: 'signal',
      sessionId,
      signal: { kind: 'rejected', peerId: offered.peerId, code: 'connect-failed' },
    })
  }

  const handle = async (message: ToNode): Promise<void> => {
    switch (message.kind) {
      case 'reserve':
        return reserve(message)
      case 'start':
        return await start(message)
      case 'release':
        return setSeats(releaseHold(seats, message.leaseId))
      case 'end':
        supervisor?.end(message.sessionId, message.reason)
        return
      case 'signal':
        return signal(message)
      case 'seen':
        ledger = markSeen(ledger, message.sessionId, message.seq)
        if (owesNothing()) onSettled?.()
        return
      case 'challenge':
      case 'accepted':
      case 'error':
      case 'peers':
        return
      default:
        return message satisfies never
    }
  }

  return {
    attach(given) {
      supervisor = given
    },
    receive(message) {
      queue = queue
        .then(() => handle(message))
        .catch((error: unknown) =>
          log.warn({ err: error, kind: message.kind }, 'a message could not be handled'),
        )
    },
    accepted(key) {
      ticketKey = key
      for (const { sessionId, fence, unseen } of ledger.values())
        for (const numbered of unseen) send({ kind: 'session-event', sessionId, fence, ...numbered })
    },
    record,
    gone(sessionId) {
      const leaseId = ledger.get(sessionId)?.leaseId ?? leaseOfSession(seats, sessionId)
      if (leaseId !== null) setSeats(freeSeat(seats, leaseId))
    },
    isFree: (seatId) => seats[seatId]?.state.kind === 'free',
    get seats() {
      return seats
    },
    report: () => ({
      seats: seats.map(({ seatId, state }) => ({ seatId, state: state.kind })),
      sessions: [...ledger.values()].map(toNodeSession),
    }),
    async settled(timeoutMs) {
      if (holdTimer !== null) clearTimeout(holdTimer)
      if (owesNothing()) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs)
        onSettled = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    },
  }
}

/** The ledger may have forgotten an ended session before its process was gone. */
function leaseOfSession(seats: SeatTable, sessionId: string): string | null {
  for (const { state } of seats)
    if (state.kind !== 'free' && state.lease.sessionId === sessionId) return state.lease.leaseId
  return null
}
