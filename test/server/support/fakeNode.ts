import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import {
  challengeText,
  type FromNode,
  type NodeSession,
  type NodeStatus,
  type ToNode,
} from '../../../config/protocol/nodeSocket.ts'
import { transition, type SessionEvent, type SessionState } from '../../../config/protocol/session.ts'
import { protocolVersion } from '../../../config/protocol/version.ts'
import { nodeIdOf } from '../../../server/fleet/identity.ts'
import { openTestSocket, type TestSocket } from './socket.ts'

export interface NodeKey {
  readonly nodeId: string
  readonly publicKey: string
  readonly privateKey: KeyObject
}

export function makeNodeKey(): NodeKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return { nodeId: nodeIdOf(raw), publicKey: raw.toString('base64url'), privateKey }
}

export const authOf = (key: NodeKey, nonce: string, enrolToken: string | null): FromNode => ({
  kind: 'auth',
  version: protocolVersion,
  nodeId: key.nodeId,
  publicKey: key.publicKey,
  signature: sign(null, Buffer.from(challengeText(nonce)), key.privateKey).toString('base64url'),
  enrolToken,
})

/** A node's end of a session: what it would report. */
export interface FakeSession extends NodeSession {
  readonly guestId: string
  readonly ticket: string
}

/** A node without games: it keeps the protocol and does what a test tells it. */
export interface FakeNode {
  readonly key: NodeKey
  readonly socket: TestSocket<ToNode>
  readonly sessions: Map<string, FakeSession>
  readonly ticketKey: Readonly<Record<string, unknown>>
  status(change?: Partial<NodeStatus>): void
  /** Waits for the question and holds a seat; the same session gets the same lease, as from a real node. */
  acceptReserve(): Promise<Extract<ToNode, { kind: 'reserve' }>>
  refuseReserve(): Promise<void>
  /** Waits for the order to start and keeps the session. */
  acceptStart(): Promise<FakeSession>
  /** Tells the next event of a session, numbered. */
  tell(sessionId: string, event: SessionEvent): void
  /** Reserve, start, and every event up to `playing`. */
  runSession(): Promise<FakeSession>
  close(): Promise<void>
}

export interface FakeNodeOptions {
  readonly key?: NodeKey
  readonly enrolToken?: string | null
  readonly sessions?: ReadonlyMap<string, FakeSession>
  readonly seats?: number
  readonly status?: Partial<NodeStatus>
}

let lastFence = 0

export async function connectNode(port: number, options: FakeNodeOptions = {}): Promise<FakeNode> {
  const key = options.key ?? makeNodeKey()
  const sessions = new Map(options.sessions ?? [])
  const socket = await openTestSocket<ToNode>(`ws://127.0.0.1:${port}/ws/node`)
  const { nonce } = await socket.next('challenge')
  socket.send(authOf(key, nonce, options.enrolToken ?? null))
  const { ticketKey } = await socket.next('accepted')
  const seatCount = options.seats ?? 2
  const leases = new Map<string, { leaseId: string; fence: number }>()

  function status(change: Partial<NodeStatus> = {}): void {
    const live = [...sessions.values()].filter(({ state }) => state.kind !== 'ended').length
    const message: NodeStatus = {
      kind: 'status',
      siteName: 'Test site',
      lat: null,
      lon: null,
      draining: false,
      seats: Array.from({ length: seatCount }, (_, seatId) => ({
        seatId,
        state: seatId < live ? ('busy' as const) : ('free' as const),
      })),
      titles: [{ id: 'game', version: '1.0.0' }],
      codecs: ['h264', 'vp8'],
      beacon: { addresses: ['127.0.0.1'], port: 9, ufrag: 'ufrag', password: 'password' },
      sessions: [...sessions.values()].map(({ guestId: _guest, ticket: _ticket, ...session }) => session),
      agentVersion: 'test',
      ...options.status,
      ...change,
    }
    socket.send(message)
  }

  const node: FakeNode = {
    key,
    socket,
    sessions,
    ticketKey,
    status,
    async acceptReserve() {
      const ask = await socket.next('reserve')
      const { requestId } = ask
      lastFence += 1
      const { leaseId, fence } = leases.get(ask.sessionId) ?? { leaseId: randomUUID(), fence: lastFence }
      leases.set(ask.sessionId, { leaseId, fence })
      socket.send({ kind: 'reserved', requestId, leaseId, fence, seatId: 0, expiresAtMs: Date.now() + 5000 })
      return ask
    },
    async refuseReserve() {
      const { requestId } = await socket.next('reserve')
      socket.send({ kind: 'refused', requestId, reason: 'no-seat' })
    },
    async acceptStart() {
      const { sessionId, leaseId, fence, titleId, guestId, ticket, afterSeq } = await socket.next('start')
      const state: SessionState = { kind: 'reserved', nodeId: key.nodeId, leaseId, fence }
      const session = { sessionId, leaseId, fence, titleId, guestId, ticket, state, eventSeq: afterSeq ?? 0 }
      sessions.set(sessionId, session)
      return session
    },
    tell(sessionId, event) {
      const session = sessions.get(sessionId)
      if (session === undefined) throw new Error(`no session ${sessionId} here`)
      const next = transition(session.state, event)
      if (!next.ok) throw new Error(next.refused)
      const told = { ...session, state: next.state, eventSeq: session.eventSeq + 1 }
      sessions.set(sessionId, told)
      socket.send({ kind: 'session-event', sessionId, fence: told.fence, seq: told.eventSeq, event })
    },
    async runSession() {
      await node.acceptReserve()
      const session = await node.acceptStart()
      const { sessionId } = session
      node.tell(sessionId, { kind: 'start', step: 'display' })
      node.tell(sessionId, { kind: 'start', step: 'game' })
      node.tell(sessionId, { kind: 'ready' })
      node.tell(sessionId, { kind: 'play', atMs: 1 })
      return session
    },
    close: () => socket.close(),
  }
  status()
  return node
}
