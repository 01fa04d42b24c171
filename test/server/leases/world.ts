import { expect } from 'chai'
import type { FromNode, NodeStatus, ToNode } from '../../../config/protocol/nodeSocket.ts'
import type { EndReason } from '../../../config/protocol/session.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { createDesk, type Desk } from '../../../edge/agent/desk.ts'
import type { NodeClock } from '../../../edge/agent/nodeClock.ts'
import { createFleet, type Fleet } from '../../../server/fleet/fleet.ts'
import type { NodeLink } from '../../../server/fleet/nodeRecord.ts'
import { createNodeQuality } from '../../../server/placement/quality.ts'
import { openSessions, type Sessions } from '../../../server/sessions/sessions.ts'
import { createManualClock, type ManualClock } from '../support/manualClock.ts'
import { titleJson } from '../support/titles.ts'
import { createMemoryStore } from './memoryStore.ts'

export const confirmMs = 30_000
export const leaseMs = 120_000
const nodeLostMs = 10_000
const title = titleJson('game')
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A process on a seat, as far as seats are concerned. */
export interface Process {
  readonly seatId: number
  readonly sessionId: string
  readonly leaseId: string
  /** It was told to end, which takes it a while. */
  toEnd: EndReason | null
  ended: boolean
}

/** One node: the real desk over processes that do nothing, and the two directions of its link. */
export interface ModelNode {
  readonly nodeId: string
  readonly clock: ManualClock
  desk: Desk
  processes: Process[]
  link: NodeLink | null
  toNode: ToNode[]
  toRouter: FromNode[]
  /** What was said before and may be heard again. */
  readonly pastToNode: ToNode[]
  readonly pastToRouter: FromNode[]
}

/** Several nodes and a router that is restarted now and then, on networks that lose, repeat and delay. */
export interface World {
  readonly nodes: readonly ModelNode[]
  readonly clock: ManualClock
  sessions(): Sessions
  open(): ReturnType<ReturnType<typeof createMemoryStore>['rows']['values']>
  play(guest: number): Promise<void>
  restartRouter(): Promise<void>
  killNode(node: ModelNode): void
  /** A new connection, as after a cut; the old one is gone. */
  dial(node: ModelNode): void
  cut(node: ModelNode): void
  hearNode(node: ModelNode, message: FromNode): void
  hearRouter(node: ModelNode, message: ToNode): void
  pass(ms: number): void
  settle(): Promise<void>
  close(): Promise<void>
}

export async function createWorld(seatCounts: readonly number[]): Promise<World> {
  const { store, rows } = createMemoryStore()
  const clock = createManualClock(1_700_000_000_000)
  let fences = 0
  let plays = 0
  let fleet: Fleet
  let sessions: Sessions

  async function startRouter(): Promise<void> {
    fleet = createFleet({ clock, log: quiet as never, nodeLostMs })
    sessions = await openSessions({
      store,
      catalogue: {
        find: (id: string) => (id === title.id ? title : null),
        of: () => title,
        offer: () => ({ manifest: title }),
        isWithdrawn: () => false,
      } as never,
      fleet,
      holds: { against: () => null, seated: () => {} },
      prior: { lookup: async () => null, close: async () => {} },
      pricing: { asked: () => {}, of: () => null, played: () => {} },
      quality: createNodeQuality(clock),
      routing: { estimatesFor: async () => new Map(), learnSession: async () => {} },
      tickets: { publicKey: {}, issue: async () => 'ticket' },
      saves: { areKept: async () => false },
      clock,
      log: quiet as never,
      count: { ended: () => {}, placed: () => {}, staleEvent: () => {}, droppedSignal: () => {} },
      settings: {
        confirmMs,
        graceMs: 90_000,
        idleMs: 900_000,
        idleWarningMs: 60_000,
        nodeLostMs,
        sessionsPerGuest: 3,
        startTimeoutMs: 30_000,
      },
    })
  }

  function newDesk(node: ModelNode, seatCount: number): Desk {
    const nodeClock: NodeClock = {
      wallMs: () => node.clock.now(),
      monotonicMs: () => node.clock.monotonic(),
      after: (delayMs, action) => node.clock.after(delayMs, action),
    }
    node.processes = []
    const { processes } = node
    const running = (sessionId: string): Process | undefined =>
      processes.find((one) => one.sessionId === sessionId && one.toEnd === null && !one.ended)
    const desk = createDesk({
      nodeId: node.nodeId,
      seatCount,
      title: () => ({ display: title.display, installed: null }),
      codecs: () => ['h264'],
      draining: () => false,
      closing: () => false,
      send(message) {
        if (node.link === null) return false
        node.toRouter.push(message)
        return true
      },
      onChange: () => announce(node),
      nextFence: () => ++fences,
      log: quiet,
      clock: nodeClock,
      ticketFault: async () => null,
    })
    desk.attach({
      warmSeats: [],
      prepare: () => {},
      start(seatId, { sessionId }, { leaseId }) {
        expect(
          processes.filter((one) => one.seatId === seatId),
          'a seat has one process',
        ).to.deep.equal([])
        expect(running(sessionId), 'a session runs once on a node').to.equal(undefined)
        processes.push({ seatId, sessionId, leaseId, toEnd: null, ended: false })
        desk.record(sessionId, { kind: 'start', step: 'game' }, leaseId)
      },
      signal: () => true,
      end(sessionId, reason) {
        const process = running(sessionId)
        if (process === undefined) return false
        process.toEnd = reason
        return true
      },
    })
    return desk
  }

  const statusOf = (node: ModelNode): NodeStatus => ({
    kind: 'status',
    siteName: 'Site',
    lat: null,
    lon: null,
    draining: false,
    titles: [{ id: title.id, version: title.version }],
    codecs: ['h264'],
    beacon: null,
    agentVersion: 'model',
    ...node.desk.report(),
  })
  const announce = (node: ModelNode): void => {
    if (node.link !== null) node.toRouter.push(statusOf(node))
  }

  const nodes = seatCounts.map((seatCount, index): ModelNode => {
    const node: ModelNode = {
      nodeId: `node-${index}`,
      clock: createManualClock(1_700_000_000_000),
      desk: null as never,
      processes: [],
      link: null,
      toNode: [],
      toRouter: [],
      pastToNode: [],
      pastToRouter: [],
    }
    node.desk = newDesk(node, seatCount)
    return node
  })

  function cut(node: ModelNode): void {
    const { link } = node
    node.link = null
    node.toNode = []
    node.toRouter = []
    if (link !== null) fleet.disconnect(node.nodeId, link)
  }

  function dial(node: ModelNode): void {
    cut(node)
    const link: NodeLink = {
      send(message) {
        if (node.link !== link) return false
        node.toNode.push(message)
        return true
      },
      close: () => {
        if (node.link === link) cut(node)
      },
    }
    node.link = link
    fleet.connect(node.nodeId, link, null)
    announce(node)
    node.desk.accepted({ ticketKey: {}, nowMs: clock.now(), leaseMs })
  }

  await startRouter()
  for (const node of nodes) dial(node)

  return {
    nodes,
    clock,
    sessions: () => sessions,
    open: () => rows.values(),
    async play(guest) {
      plays += 1
      const request = {
        titleId: title.id,
        idempotencyKey: `play-${plays}`,
        probes: [],
        codecs: ['h264' as const],
        stream: defaultStream,
      }
      await sessions.create(`guest-${guest}`, request, '').catch(() => undefined)
    },
    async restartRouter() {
      const closing = sessions.close()
      fleet.close()
      await closing
      for (const node of nodes) {
        node.link = null
        node.toNode = []
        node.toRouter = []
      }
      await startRouter()
    },
    killNode(node) {
      cut(node)
      node.desk = newDesk(node, node.desk.seats.length)
    },
    dial,
    cut,
    hearNode(node, message) {
      const { link } = node
      if (link !== null && message.kind !== 'auth' && message.kind !== 'pings')
        fleet.receive(node.nodeId, link, message)
    },
    hearRouter(node, message) {
      node.desk.receive(message)
    },
    pass(ms) {
      clock.pass(ms)
      for (const node of nodes) {
        node.clock.pass(ms)
        announce(node)
      }
    },
    async settle() {
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    },
    async close() {
      const closing = sessions.close()
      fleet.close()
      await closing
      await Promise.all(nodes.map(({ desk }) => desk.settled(0)))
    },
  }
}
