import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { errorCatalogue, wireError, type ErrorCode } from '../../config/errors.ts'
import { maxNodeMessageChars } from '../../config/protocol/decode.ts'
import { playerProtocol } from '../../config/protocol/embed.ts'
import { isSameOrigin } from '../guests/sameOrigin.ts'
import type { Guests } from '../guests/guests.ts'
import type { Plays } from '../publishing/plays.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { closeCodes, type Connection, type PeerKind } from './connection.ts'
import { serveNode, type NodeSocketContext } from './nodeSocket.ts'
import { servePlayer } from './playerSocket.ts'

export interface SocketsContext extends NodeSocketContext {
  readonly guests: Guests
  readonly sessions: Sessions
  readonly plays: Pick<Plays, 'hear'>
}

type AnyConnection = Pick<Connection<never>, 'close' | 'terminate' | 'closed'>

/** For the other end's goodbye when the router stops. */
const goodbyeMs = 1000

/**
 * Hard bounds of a frame: above them the socket is closed unread (1009). Between `maxMessageChars` or `maxNodeMessageChars`
 * and these the sender gets a coded error and may go on.
 */
const maxPayloadBytes = { player: 512 * 1024, node: 2 * maxNodeMessageChars } as const

/** Takes the upgrades of `server`: `/ws/player` and `/ws/node`. */
export function openSockets(server: Server, context: SocketsContext): { close(): Promise<void> } {
  const { guests, sessions, plays, log } = context
  const serverOf = (peer: PeerKind): WebSocketServer =>
    new WebSocketServer({
      noServer: true,
      maxPayload: maxPayloadBytes[peer],
      perMessageDeflate: false,
      clientTracking: false,
      // A token comes as a subprotocol too, and must not be sent back as the one that is spoken.
      handleProtocols: (offered) => (offered.has(playerProtocol) ? playerProtocol : false),
    })
  const players = serverOf('player')
  const nodes = serverOf('node')
  const open = new Set<AnyConnection>()
  let isClosing = false

  function track(connection: AnyConnection): void {
    open.add(connection)
    void connection.closed.then(() => open.delete(connection))
    if (isClosing) connection.close(closeCodes.goingAway, 'the router stops')
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0]
    if (path !== '/ws/player' && path !== '/ws/node') return reject(socket, 'not-found')
    if (path === '/ws/node') {
      nodes.handleUpgrade(request, socket, head, (own) => track(serveNode(own, context)))
      return
    }
    if (!isSameOrigin(request.headers)) {
      context.count.refused('player', 'cross-origin')
      return reject(socket, 'cross-origin')
    }
    const guestId = (await guests.whoAsks(request.headers))?.guestId ?? null
    players.handleUpgrade(request, socket, head, (own) =>
      track(servePlayer(own, guestId, sessions, plays, context)),
    )
  }

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const onError = (cause: Error): void => log.debug({ why: cause.message }, 'upgrade failed')
    socket.on('error', onError)
    if (isClosing) return reject(socket, 'internal')
    upgrade(request, socket, head).catch((cause: unknown) => {
      log.error({ err: cause }, 'upgrade failed')
      reject(socket, 'internal')
    })
  }
  server.on('upgrade', onUpgrade)

  return {
    async close() {
      isClosing = true
      const closing = [...open]
      for (const connection of closing) connection.close(closeCodes.goingAway, 'the router stops')
      const cancel = context.clock.after(goodbyeMs, () => {
        for (const connection of closing) connection.terminate()
      })
      await Promise.all(closing.map(({ closed }) => closed))
      cancel()
      server.off('upgrade', onUpgrade)
    },
  }
}

function reject(socket: Duplex, code: ErrorCode): void {
  const body = JSON.stringify({ error: wireError(code) })
  const { status } = errorCatalogue[code]
  socket.end(
    `HTTP/1.1 ${status} ${code}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
