import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FromNode, NodeStatus, ToNode } from '../../../config/protocol/nodeSocket.ts'
import type { SessionEvent } from '../../../config/protocol/session.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { protocolVersion } from '../../../config/protocol/version.ts'

type Kind = FromNode['kind']
export type Said<K extends Kind> = Extract<FromNode, { kind: K }>

/** The router's end of one node's socket, for tests: it says what it is told to and remembers what it hears. */
export interface FakeRouter extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly heard: readonly FromNode[]
  /** Connections so far. */
  readonly connections: number
  say(message: ToNode | string): void
  /** The next message of a kind for which `test` holds, looking at what was heard before too. */
  hear<K extends Kind>(kind: K, test?: (message: Said<K>) => boolean): Promise<Said<K>>
  /** The next event of a session. */
  event<K extends SessionEvent['kind']>(
    sessionId: string,
    kind: K,
  ): Promise<Extract<SessionEvent, { kind: K }>>
  reserve(
    sessionId: string,
    titleId: string,
    holdMs?: number,
    version?: string,
  ): Promise<Said<'reserved' | 'refused'>>
  /** A whole `start` for a reserved session, with a good ticket. */
  startOf(
    sessionId: string,
    titleId: string,
    reserved: Said<'reserved' | 'refused'>,
    change?: Partial<Extract<ToNode, { kind: 'start' }>>,
  ): Promise<Extract<ToNode, { kind: 'start' }>>
  start(
    sessionId: string,
    titleId: string,
    change?: Partial<Extract<ToNode, { kind: 'start' }>>,
  ): Promise<void>
  /** Says `seen` for every event at once; off to test what a node keeps. */
  acknowledge: boolean
  /** What an `auth` is answered with. */
  accept: boolean
  heartbeatMs: number
  cut(): void
  /** Neither reads nor answers any more, as if the cable had been cut without a word. */
  mute(): void
  /** Settles when the node has connected this many times. */
  connection(count: number): Promise<void>
  status(): NodeStatus | undefined
}

export const guestId = 'guest-1'

/** A router that has no saves and takes all that it is told of. */
function savesAnswer(path: string): object {
  if (path.endsWith('/open')) return { slot: 1, term: 1, version: 0, files: [], maxBytes: 2 ** 20 }
  return path.endsWith('/snapshot') ? { kind: 'kept', version: 1 } : {}
}

/** @param packages answers what nodes ask of `/api/node/packages` */
export async function startFakeRouter(port = 0, packages?: RequestListener): Promise<FakeRouter> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const ticketKey = { ...(await exportJWK(publicKey)) }
  const http = createServer((request, response) => {
    if (packages !== undefined && request.url?.startsWith('/api/node/packages/') === true)
      return packages(request, response)
    request.resume()
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(savesAnswer(request.url ?? '')))
  })
  const server = new WebSocketServer({ server: http, path: '/ws/node' })
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  const heard: FromNode[] = []
  const waiting = new Set<() => void>()
  let socket: WebSocket | null = null
  let nodeId = ''

  const router: FakeRouter & { connections: number } = {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    port: (http.address() as AddressInfo).port,
    heard,
    connections: 0,
    acknowledge: true,
    accept: true,
    heartbeatMs: 1000,
    say(message) {
      socket?.send(typeof message === 'string' ? message : JSON.stringify(message))
    },
    hear(kind, test = () => true) {
      const found = (): Said<typeof kind> | undefined =>
        heard.find((one): one is Said<typeof kind> => one.kind === kind && test(one as Said<typeof kind>))
      return new Promise((resolve) => {
        const look = (): void => {
          const message = found()
          if (message === undefined) return
          waiting.delete(look)
          resolve(message)
        }
        waiting.add(look)
        look()
      })
    },
    async event(sessionId, kind) {
      const message = await router.hear(
        'session-event',
        (one) => one.sessionId === sessionId && one.event.kind === kind,
      )
      return message.event as Extract<SessionEvent, { kind: typeof kind }>
    },
    async reserve(sessionId, titleId, holdMs = 10_000, version) {
      const requestId = randomUUID()
      const asked = {
        sessionId,
        titleId,
        ...(version === undefined ? {} : { version }),
        codecs: ['h264' as const],
        holdMs,
      }
      router.say({ kind: 'reserve', requestId, ...asked })
      return await Promise.race([
        router.hear('reserved', (one) => one.requestId === requestId),
        router.hear('refused', (one) => one.requestId === requestId),
      ])
    },
    async startOf(sessionId, titleId, reserved, change = {}) {
      if (reserved.kind === 'refused') throw new Error(`refused: ${reserved.reason}`)
      const ticket = await new SignJWT({ sid: sessionId, node: nodeId })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setSubject(guestId)
        .setExpirationTime('1m')
        .sign(privateKey)
      return {
        kind: 'start',
        sessionId,
        leaseId: reserved.leaseId,
        fence: reserved.fence,
        titleId,
        guestId,
        ticket,
        stream: defaultStream,
        graceMs: 60_000,
        idleMs: 600_000,
        idleWarningMs: 60_000,
        ...change,
      }
    },
    async start(sessionId, titleId, change) {
      const reserved = await router.reserve(sessionId, titleId, undefined, change?.version)
      router.say(await router.startOf(sessionId, titleId, reserved, change))
    },
    cut: () => socket?.terminate(),
    mute: () => socket?.pause(),
    connection: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (router.connections < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    status: () => heard.findLast((one) => one.kind === 'status'),
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate()
      await new Promise((resolve) => server.close(resolve))
      await new Promise((resolve) => {
        http.close(resolve)
        http.closeAllConnections()
      })
    },
  }

  server.on('connection', (connected) => {
    router.connections += 1
    socket = connected
    connected.on('message', (data) => {
      const message = JSON.parse(String(data)) as FromNode
      heard.push(message)
      if (message.kind === 'auth') {
        nodeId = message.nodeId
        if (router.accept) router.say({ kind: 'accepted', heartbeatMs: router.heartbeatMs, ticketKey })
        else connected.close(4401)
      } else if (message.kind === 'session-event' && router.acknowledge)
        router.say({ kind: 'seen', sessionId: message.sessionId, seq: message.seq })
      for (const look of [...waiting]) look()
    })
    for (const look of [...waiting]) look()
    router.say({ kind: 'challenge', version: protocolVersion, nonce: randomUUID() })
  })
  return router
}
