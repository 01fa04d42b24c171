import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'
import { wireError, type WireError } from '../../config/errors.ts'
import { maxNodeMessageChars } from '../../config/protocol/decode.ts'
import { fromNode, type FromNode, type ToNode } from '../../config/protocol/nodeSocket.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import { admit } from '../fleet/admit.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { NodeAuth } from '../fleet/identity.ts'
import type { FleetMesh } from '../fleet/mesh.ts'
import type { NodeStore } from '../store/store.ts'
import { closeCodes, openConnection, type Connection } from './connection.ts'
import type { SocketServices } from './services.ts'

const handshakeMs = 10_000

export interface NodeSocketContext extends SocketServices {
  readonly fleet: Fleet
  readonly mesh: Pick<FleetMesh, 'receive'>
  readonly nodes: NodeStore
  readonly heartbeatMs: number
  readonly leaseMs: number
  /** JWK of the key that signs tickets. */
  readonly ticketKey: Readonly<Record<string, unknown>>
}

const toError = ({ details, ...rest }: WireError): ToNode => ({
  kind: 'error',
  error: details === undefined ? rest : { ...rest, details: [...details] },
})

/** One socket of a node: challenge, `auth`, `accepted`, then both speak freely. */
export function serveNode(socket: WebSocket, context: NodeSocketContext): Connection<ToNode> {
  const { fleet, clock, log, count } = context
  const nonce = randomBytes(32).toString('base64url')
  let nodeId: string | null = null
  const connection = openConnection<FromNode, ToNode>(
    socket,
    {
      peer: 'node',
      burst: 5000,
      perSecond: 2000,
      maxChars: maxNodeMessageChars,
      pingMs: Math.max(1000, context.heartbeatMs),
      maxBufferedBytes: 4 * 1024 * 1024,
    },
    fromNode,
    toError,
    context,
    {
      onMessage,
      onAlive() {
        if (nodeId !== null) fleet.heard(nodeId)
      },
    },
  )
  const cancelHandshake = clock.after(handshakeMs, () => {
    if (nodeId !== null) return
    count.cut('node', 'handshake')
    connection.close(closeCodes.handshake, 'no auth')
  })
  void connection.closed.then(() => {
    cancelHandshake()
    if (nodeId !== null) fleet.disconnect(nodeId, connection)
  })
  connection.send({ kind: 'challenge', version: protocolVersion, nonce })

  async function onMessage(message: FromNode): Promise<void> {
    if (message.kind === 'auth') {
      if (nodeId !== null) return connection.refuse(wireError('bad-message', ['auth came twice']))
      return authenticate(message)
    }
    if (nodeId === null) return connection.refuse(wireError('bad-message', ['auth comes first']))
    if (message.kind === 'pings') context.mesh.receive(nodeId, message.results)
    else fleet.receive(nodeId, connection, message)
  }

  async function authenticate(auth: NodeAuth): Promise<void> {
    if (auth.version !== protocolVersion) {
      connection.refuse(wireError('unsupported-version', [`version ${protocolVersion} is spoken here`]))
      connection.close(closeCodes.unsupportedVersion, 'unsupported version')
      return
    }
    const admission = await admit(auth, nonce, context.nodes, clock.now())
    if (!admission.ok) {
      log.warn({ node: auth.nodeId, why: admission.why }, 'node refused')
      connection.refuse(wireError('node-not-known'))
      connection.close(closeCodes.notKnown, 'node not known')
      return
    }
    if (admission.isNew) log.info({ node: auth.nodeId }, 'node enrolled')
    if (socket.readyState !== socket.OPEN) return
    nodeId = auth.nodeId
    fleet.connect(nodeId, connection, admission.trust)
    connection.send({
      kind: 'accepted',
      heartbeatMs: context.heartbeatMs,
      ticketKey: { ...context.ticketKey },
      nowMs: clock.now(),
      leaseMs: context.leaseMs,
    })
  }

  return connection
}
