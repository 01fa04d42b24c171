import { randomUUID } from 'node:crypto'
import type { FromNode, NodeStatus, ToNode } from '../../config/protocol/nodeSocket.ts'
import type { EndReason, SessionEvent } from '../../config/protocol/session.ts'
import { holdTitles, type StartableTitle } from './heldTitles.ts'
import { watchLeases } from './leaseWatch.ts'
import { systemClock, type NodeClock } from './nodeClock.ts'
import {
  commitSeat,
  emptySeats,
  endLease,
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
  accepted(terms: Pick<Ask<'accepted'>, 'ticketKey' | 'nowMs' | 'leaseMs'>): void
  /** @param leaseId of the process that says it; what is said of a lease before the session's latest is not told on */
  record(sessionId: string, event: SessionEvent, leaseId: string): void
  /** Nothing is left of the session that was on this seat. */
  gone(seatId: number): void
  isFree(seatId: number): boolean
  readonly seats: SeatTable
  /** Tree ids of the packages that seats are reserved for or sessions play. */
  readonly packages: ReadonlySet<string>
  report(): Pick<NodeStatus, 'seq' | 'seats' | 'sessions'>
  /** Settles when the router has seen every event, or after `timeoutMs`. */
  settled(timeoutMs: number): Promise<void>
}

export interface DeskOptions {
  readonly nodeId: string
  readonly seatCount: number
  /** Null: it is not here. @param version of a package; undefined: one of the node's own */
  title(titleId: string, version: string | undefined): StartableTitle | null
  /** What this node encodes in real time. */
  codecs(): NodeStatus['codecs']
  /** Nobody new. */
  readonly draining: () => boolean
  /** Nobody at all, whatever was promised. */
  readonly closing: () => boolean
  readonly send: (message: FromNode) => boolean
  /** Something that the status tells has changed. */
  readonly onChange: () => void
  /** A number above all that it gave before, for leases and statuses. */
  readonly nextFence: () => number
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void }
  readonly clock?: NodeClock
  readonly ticketFault?: typeof ticketFault
}

/** Ended sessions kept for a router that does not answer. */
const keepEnded = 500

type Ask<Kind extends ToNode['kind']> = Extract<ToNode, { kind: Kind }>

export function createDesk(options: DeskOptions): Desk {
  const { log, send } = options
  const clock = options.clock ?? systemClock
  const checkTicket = options.ticketFault ?? ticketFault
  const leases = watchLeases(clock, (leaseId) => {
    const lapsed = seats.find(({ state }) => state.kind === 'busy' && state.lease.leaseId === leaseId)
    if (lapsed?.state.kind !== 'busy') return
    const { sessionId } = lapsed.state.lease
    log.warn({ sessionId }, 'the router does not stand by this session any more: it ends')
    end({ sessionId, leaseId }, 'internal', 'The router was out of reach for too long.')
  })
  const titles = holdTitles()
  let seats: SeatTable = emptySeats(options.seatCount)
  let ledger: SessionLedger = emptyLedger
  let supervisor: Parameters<Desk['attach']>[0] | null = null
  let ticketKey: Readonly<Record<string, unknown>> = {}
  /** What the router's clock is ahead of ours. */
  let aheadMs = 0
  /** Of the latest status that the router answered. */
  let renewedSeq = 0
  let cancelHoldTimer: (() => void) | null = null
  /** Messages are handled one after the other, also where a ticket has to be checked first. */
  let queue: Promise<void> = Promise.resolve()
  let onSettled: (() => void) | null = null

  const owesNothing = (): boolean => [...ledger.values()].every((record) => record.unseen.length === 0)

  const setSeats = (next: SeatTable): void => {
    if (next === seats) return
    seats = next
    titles.keepOnly(seats)
    cancelHoldTimer?.()
    const holds = seats.flatMap(({ state }) => (state.kind === 'reserved' ? [state.expiresAtMs] : []))
    cancelHoldTimer = holds.length === 0 ? null : clock.after(leftMs(Math.min(...holds)), expire)
    options.onChange()
  }

  const leftMs = (atMs: number): number => Math.max(0, atMs - clock.monotonicMs())
  const expire = (): void => {
    cancelHoldTimer = null
    const before = seats
    setSeats(expireHolds(seats, clock.monotonicMs()))
    // Timers may fire a moment early.
    const holds = seats.flatMap(({ state }) => (state.kind === 'reserved' ? [state.expiresAtMs] : []))
    if (seats === before && holds.length > 0)
      cancelHoldTimer = clock.after(Math.max(1, leftMs(Math.min(...holds))), expire)
  }

  const record: Desk['record'] = (sessionId, event, leaseId) => {
    if (ledger.get(sessionId)?.leaseId !== leaseId) return
    const recorded = recordEvent(ledger, sessionId, event)
    if (recorded === null) return
    ledger = forgetBeyond(recorded.ledger, keepEnded)
    if (event.kind === 'end') giveUp(leaseId)
    send({ kind: 'session-event', sessionId, fence: recorded.record.fence, ...recorded.numbered })
  }

  /** From now on nobody is given this lease any more, though its process may take a while to end. */
  const giveUp = (leaseId: string): void => {
    leases.forget(leaseId)
    setSeats(endLease(seats, leaseId))
  }

  const end = (
    { sessionId, leaseId }: Pick<Lease, 'sessionId' | 'leaseId'>,
    reason: EndReason,
    detail?: string,
  ): void => {
    if (supervisor?.end(sessionId, reason, detail) === true) giveUp(leaseId)
  }

  const reserve = (ask: Ask<'reserve'>): void => {
    const refuse = (reason: Extract<FromNode, { kind: 'refused' }>['reason']): void => {
      send({ kind: 'refused', requestId: ask.requestId, reason })
    }
    const title = options.title(ask.titleId, ask.version)
    if (options.draining()) return refuse('draining')
    if (title === null) return refuse('title-missing')
    const encodable = options.codecs()
    if (!ask.codecs.some((codec) => encodable.includes(codec))) return refuse('codec-missing')
    const reservation = reserveSeat(seats, {
      sessionId: ask.sessionId,
      requestId: ask.requestId,
      leaseId: randomUUID(),
      fence: options.nextFence(),
      holdMs: ask.holdMs,
      nowMs: clock.monotonicMs(),
      prefer: supervisor?.warmSeats ?? [],
    })
    setSeats(reservation.table)
    if (!reservation.ok) return refuse('no-seat')
    const { seatId, lease, expiresAtMs } = reservation
    titles.hold(lease.leaseId, title)
    supervisor?.prepare(seatId, title.display)
    send({
      kind: 'reserved',
      requestId: ask.requestId,
      leaseId: lease.leaseId,
      fence: lease.fence,
      seatId,
      expiresAtMs: clock.wallMs() + leftMs(expiresAtMs),
    })
  }

  /** A session that cannot begin still ends with a reason, which the router hears like any other. */
  const failStart = (ask: Ask<'start'>, detail: string): void => {
    log.warn({ sessionId: ask.sessionId, detail }, 'a session was not started')
    openLedger(ask)
    const failed = { kind: 'end', reason: 'node-failed', detail, atMs: clock.wallMs() } as const
    record(ask.sessionId, failed, ask.leaseId)
    setSeats(releaseHold(seats, ask.leaseId, null))
  }

  const openLedger = ({ sessionId, leaseId, fence, titleId, afterSeq = 0 }: Ask<'start'>): void => {
    const { nodeId } = options
    ledger = openSession(ledger, { sessionId, leaseId, fence, titleId, nodeId, afterSeq })
  }

  const start = async (ask: Ask<'start'>): Promise<void> => {
    const { sessionId, leaseId, fence, titleId, guestId } = ask
    // Repeated, or late: of this session we have had this lease or a later one. Fences rise over all seats.
    if (fence <= (ledger.get(sessionId)?.fence ?? 0)) return
    const expected = { sessionId, guestId, nodeId: options.nodeId }
    const fault = await checkTicket(ask.ticket, ticketKey, expected, clock.wallMs() + aheadMs)
    if (fault !== null) return failStart(ask, `the ticket is not good: ${fault}`)
    if (options.closing()) return failStart(ask, 'the node is being shut down')
    const lease: Lease = { leaseId, sessionId, fence }
    const title = titles.of(leaseId)
    const commit = commitSeat(seats, lease, clock.monotonicMs())
    setSeats(commit.table)
    if (commit.kind === 'refused' || title === null) return failStart(ask, 'the seat was not held any more')
    if (commit.kind === 'repeated') return
    openLedger(ask)
    leases.renew(leaseId)
    log.info({ sessionId, titleId, seat: commit.seatId }, 'session starts')
    const { stream, graceMs, idleMs, idleWarningMs } = ask
    const { installed } = title
    const job = {
      ...(ask.check === undefined ? {} : { check: ask.check }),
      sessionId,
      titleId,
      ...(installed === null ? {} : { installed }),
      guestId,
      stream,
      graceMs,
      idleMs,
      idleWarningMs,
    }
    supervisor?.start(commit.seatId, job, { leaseId, fence })
  }

  const signal = ({ sessionId, signal: offered }: Ask<'signal'>): void => {
    if (supervisor?.signal(sessionId, offered) === true || offered.kind !== 'offer') return
    send({
      kind: 'signal',
      sessionId,
      signal: {
        kind: 'rejected',
        peerId: offered.peerId,
        code: 'connect-failed',
        ...(offered.player === undefined ? {} : { player: offered.player }),
      },
    })
  }

  const handle = async (message: ToNode): Promise<void> => {
    switch (message.kind) {
      case 'reserve':
        return reserve(message)
      case 'start':
        return await start(message)
      case 'release':
        return setSeats(releaseHold(seats, message.leaseId, message.requestId ?? null))
      case 'renew':
        if ((message.statusSeq ?? Infinity) <= renewedSeq) return
        renewedSeq = message.statusSeq ?? renewedSeq
        for (const { state } of seats)
          if (state.kind === 'busy' && !state.ending && message.leaseIds.includes(state.lease.leaseId))
            leases.renew(state.lease.leaseId)
        return
      case 'end': {
        const { sessionId, reason } = message
        const has = ledger.get(sessionId)
        // A late one may mean a lease that the session had here before.
        if (has !== undefined && has.leaseId === (message.leaseId ?? has.leaseId)) end(has, reason)
        return
      }
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
      case 'keep':
      case 'install':
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
    accepted(terms) {
      ticketKey = terms.ticketKey
      aheadMs = terms.nowMs === undefined ? 0 : terms.nowMs - clock.wallMs()
      leases.setLeaseMs(terms.leaseMs ?? null)
      for (const { sessionId, fence, unseen } of ledger.values())
        for (const numbered of unseen) send({ kind: 'session-event', sessionId, fence, ...numbered })
    },
    record,
    gone(seatId) {
      const state = seats[seatId]?.state
      if (state?.kind === 'busy') setSeats(freeSeat(seats, state.lease.leaseId))
    },
    isFree: (seatId) => seats[seatId]?.state.kind === 'free',
    get seats() {
      return seats
    },
    get packages() {
      return titles.packages
    },
    report: () => ({
      seq: options.nextFence(),
      seats: seats.map(({ seatId, state }) => ({ seatId, state: state.kind })),
      sessions: [...ledger.values()].map(toNodeSession),
    }),
    async settled(timeoutMs) {
      cancelHoldTimer?.()
      leases.close()
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
