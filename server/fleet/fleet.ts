import type { FromNode, NodeStatus, ToNode } from '../../config/protocol/nodeSocket.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { TrustClass } from '../../config/protocol/placement.ts'
import { createFleetIndex, type FleetIndex } from '../placement/fleetIndex.ts'
import { type NodeSnapshot, snapshotOf } from '../placement/snapshot.ts'
import { newRecord, type NodeLink, type NodeRecord } from './nodeRecord.ts'
import { createReservations, type ReserveAsk, type ReserveReply } from './reservations.ts'

/** What the fleet tells the sessions. */
export interface FleetListener {
  /** `first`: of this connection, so that it knows nothing that was asked of it on this one. */
  onStatus(nodeId: string, status: NodeStatus, first: boolean): void
  onSessionEvent(nodeId: string, message: Extract<FromNode, { kind: 'session-event' }>): void
  onSignal(nodeId: string, message: Extract<FromNode, { kind: 'signal' }>): void
  onCheck(nodeId: string, message: Extract<FromNode, { kind: `check${string}` }>): void
  /** Silent or away for longer than the network waits. */
  onLost(nodeId: string): void
}

/** The nodes that are online, or were a moment ago. It knows sockets only as links. */
export interface Fleet {
  /** Nodes that are connected and have described themselves. */
  online(): readonly NodeSnapshot[]
  /** The same nodes, for those who want to see only some of them. */
  readonly index: Omit<FleetIndex, 'put' | 'remove'>
  /**
   * Takes an authenticated link; one that the node had before is closed.
   * @param trust what is known of its host
   */
  connect(nodeId: string, link: NodeLink, trust: TrustClass | null): void
  /** Tells that a link is gone; one that was replaced before changes nothing. */
  disconnect(nodeId: string, link: NodeLink): void
  /** Anything that shows that the node lives: a message, a pong. */
  heard(nodeId: string): void
  receive(nodeId: string, link: NodeLink, message: Exclude<FromNode, { kind: 'auth' }>): void
  /** False: not connected, or its socket is full. */
  send(nodeId: string, message: ToNode): boolean
  /** Whether it was last told to have this package. */
  mayRead(nodeId: string, treeId: string): boolean
  /** While the answer is out, the seat counts as taken, so that players who come at once are not all sent to the same one. */
  reserve(nodeId: string, ask: ReserveAsk): Promise<ReserveReply>
  /** Whether it is connected, or may be again: it is not lost. */
  hasNotLost(nodeId: string): boolean
  /** Waits for a node that is known to hold sessions; it is lost if it does not come in time. */
  expect(nodeId: string): void
  /** Resolves when a node is online, or after `patienceMs` without one. */
  someoneOnline(patienceMs: number): Promise<void>
  listen(listener: FleetListener): void
  counts(): { connected: number; seats: Readonly<Record<'free' | 'reserved' | 'busy', number>> }
  close(): void
}

const oversleptMs = 2000

/** Close code of a link that the same node replaced. */
export const replacedCode = 4409

export function createFleet({
  clock,
  log,
  nodeLostMs,
}: {
  clock: Clock
  log: Log
  nodeLostMs: number
}): Fleet {
  const records = new Map<string, NodeRecord>()
  const index = createFleetIndex()
  const reservations = createReservations(clock)
  const hoping = new Set<() => void>()
  let listener: FleetListener | null = null

  function recordOf(nodeId: string): NodeRecord {
    const known = records.get(nodeId)
    if (known !== undefined) return known
    const record = newRecord(nodeId, clock.monotonic())
    records.set(nodeId, record)
    return record
  }

  /** Brings the index up to what the record says. */
  function show({ nodeId, link, status, trust, promised }: NodeRecord): void {
    if (link === null || status === null) return index.remove(nodeId)
    const node = snapshotOf(nodeId, status, trust)
    index.put({ ...node, seatsFree: Math.max(0, node.seatsFree - promised) })
  }

  /** @returns a function that takes the promise back */
  function promise(nodeId: string): () => void {
    const record = records.get(nodeId)
    let isOpen = record !== undefined
    const change = (by: 1 | -1): void => {
      if (record === undefined || records.get(nodeId) !== record) return
      record.promised += by
      show(record)
    }
    change(1)
    return () => {
      if (isOpen) change(-1)
      isOpen = false
    }
  }

  function watch(record: NodeRecord): void {
    record.cancelLostTimer?.()
    const dueAtMs = Math.max(clock.monotonic(), record.lastHeardMs + nodeLostMs)
    record.cancelLostTimer = clock.after(dueAtMs - clock.monotonic(), () => {
      // Being heard only moves the time stamp; the timer finds out when it fires. One that fires much too late has slept
      // through what was said: this whole machine was suspended, so the node gets another chance.
      if (clock.monotonic() - dueAtMs > oversleptMs) record.lastHeardMs = clock.monotonic()
      if (clock.monotonic() - record.lastHeardMs < nodeLostMs) watch(record)
      else lose(record)
    })
  }

  function lose(record: NodeRecord): void {
    records.delete(record.nodeId)
    record.cancelLostTimer?.()
    log.warn({ node: record.nodeId, siteName: record.status?.siteName }, 'node lost')
    const { link } = record
    record.link = null
    show(record)
    link?.close(4408, 'silent for too long')
    reservations.nodeGone(record.nodeId)
    listener?.onLost(record.nodeId)
  }

  function send(nodeId: string, message: ToNode): boolean {
    const record = records.get(nodeId)
    if (record?.link?.send(message) !== true) return false
    if (message.kind === 'install') record.packages = new Set(message.packages.map(({ treeId }) => treeId))
    return true
  }

  return {
    online: () => index.all(),
    hasNotLost: (nodeId) => records.has(nodeId),
    mayRead: (nodeId, treeId) => records.get(nodeId)?.packages.has(treeId) === true,
    index,
    connect(nodeId, link, trust) {
      const record = recordOf(nodeId)
      const replaced = record.link
      record.link = link
      record.trust = trust
      record.status = null
      show(record)
      record.lastHeardMs = clock.monotonic()
      reservations.nodeGone(nodeId)
      replaced?.close(replacedCode, 'replaced by a newer connection')
      watch(record)
    },
    disconnect(nodeId, link) {
      const record = records.get(nodeId)
      if (record?.link !== link) return
      record.link = null
      record.status = null
      show(record)
      reservations.nodeGone(nodeId)
      log.info({ node: nodeId }, 'node disconnected')
    },
    heard(nodeId) {
      const record = records.get(nodeId)
      if (record !== undefined) record.lastHeardMs = clock.monotonic()
    },
    receive(nodeId, link, message) {
      const record = records.get(nodeId)
      if (record === undefined || record.link !== link) return
      record.lastHeardMs = clock.monotonic()
      switch (message.kind) {
        case 'status': {
          if (message.seq !== undefined) {
            if (message.seq <= record.statusSeq) return
            record.statusSeq = message.seq
          }
          const first = record.status === null
          record.status = message
          show(record)
          if (first)
            log.info({ node: nodeId, siteName: message.siteName, seats: message.seats.length }, 'node online')
          for (const come of [...hoping]) come()
          listener?.onStatus(nodeId, message, first)
          return
        }
        case 'reserved':
          if (reservations.settle(nodeId, message.requestId, message)) {
            takeSeat(record, message.seatId)
            show(record)
          } else if (!reservations.wasAnswered(message.requestId)) {
            const { leaseId, requestId } = message
            link.send({ kind: 'release', leaseId, requestId })
          }
          return
        case 'refused':
          reservations.settle(nodeId, message.requestId, message)
          return
        case 'session-event':
          listener?.onSessionEvent(nodeId, message)
          return
        case 'signal':
          listener?.onSignal(nodeId, message)
          return
        case 'check':
        case 'check-clip':
        case 'check-return':
          listener?.onCheck(nodeId, message)
          return
        // The mesh takes these.
        case 'pings':
          return
        default:
          message satisfies never
      }
    },
    send,
    reserve(nodeId, ask) {
      const settled = promise(nodeId)
      return reservations.ask(nodeId, ask, (message) => send(nodeId, message)).finally(settled)
    },
    expect(nodeId) {
      watch(recordOf(nodeId))
    },
    someoneOnline(patienceMs) {
      return new Promise((resolve) => {
        const cancel = clock.after(patienceMs, () => come())
        const come = (): void => {
          cancel()
          hoping.delete(come)
          resolve()
        }
        hoping.add(come)
      })
    },
    listen(next) {
      listener = next
    },
    counts() {
      const seats = { free: 0, reserved: 0, busy: 0 }
      let connected = 0
      for (const { link, status } of records.values()) {
        if (link === null) continue
        connected += 1
        for (const { state } of status?.seats ?? []) seats[state] += 1
      }
      return { connected, seats }
    },
    close() {
      for (const record of records.values()) record.cancelLostTimer?.()
      for (const come of [...hoping]) come()
      reservations.close()
      records.clear()
    },
  }
}

/** Until its next status, a node's seat that we have just been given is not free to the next decision. */
function takeSeat(record: NodeRecord, seatId: number): void {
  if (record.status === null) return
  const seats = record.status.seats.map((seat) =>
    seat.seatId === seatId ? { ...seat, state: 'reserved' as const } : seat,
  )
  record.status = { ...record.status, seats }
}
