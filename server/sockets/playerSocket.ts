import type { WebSocket } from 'ws'
import { NearcadeError, wireError } from '../../config/errors.ts'
import { maxMessageChars } from '../../config/protocol/decode.ts'
import { fromPlayer, type FromPlayer, type ToPlayer } from '../../config/protocol/playerSocket.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import type { Plays } from '../publishing/plays.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { closeCodes, openConnection, type Connection } from './connection.ts'
import type { SocketServices } from './services.ts'

const handshakeMs = 10_000
/** Sessions that one window may follow. */
const maxFollowed = 8

const toError = (error: ReturnType<typeof wireError>, sessionId: string | null): ToPlayer => {
  const { details, ...rest } = error
  return {
    kind: 'error',
    sessionId,
    error: details === undefined ? rest : { ...rest, details: [...details] },
  }
}

/** One window of a guest: `hello`, then any number of sessions to follow, signal and end. */
export function servePlayer(
  socket: WebSocket,
  guestId: string | null,
  sessions: Sessions,
  plays: Pick<Plays, 'hear'>,
  services: SocketServices,
): Connection<ToPlayer> {
  const followed = new Map<string, () => void>()
  let greeted = false
  const connection = openConnection<FromPlayer, ToPlayer>(
    socket,
    {
      peer: 'player',
      burst: 200,
      perSecond: 50,
      maxChars: maxMessageChars,
      pingMs: 10_000,
      maxBufferedBytes: 1024 * 1024,
    },
    fromPlayer,
    toError,
    services,
    { onMessage },
  )
  const cancelHandshake = services.clock.after(handshakeMs, () => {
    if (greeted) return
    services.count.cut('player', 'handshake')
    connection.close(closeCodes.handshake, 'no hello')
  })
  void connection.closed.then(() => {
    cancelHandshake()
    for (const stop of followed.values()) stop()
  })
  if (guestId === null) {
    connection.refuse(wireError('guest-needed'))
    connection.close(closeCodes.notKnown, 'no guest')
    return connection
  }
  const guest = guestId

  async function onMessage(message: FromPlayer): Promise<void> {
    if (message.kind === 'hello') return greet(message.version)
    if (!greeted) return connection.refuse(wireError('bad-message', ['hello comes first']))
    if (message.kind === 'ping') {
      connection.send({ kind: 'pong', atMs: message.atMs })
      return
    }
    try {
      await onSessionMessage(message)
    } catch (cause) {
      if (!(cause instanceof NearcadeError)) throw cause
      connection.refuse(cause.toWire(), message.sessionId)
    }
  }

  function greet(version: number): void {
    if (version !== protocolVersion) {
      connection.refuse(wireError('unsupported-version', [`version ${protocolVersion} is spoken here`]))
      connection.close(closeCodes.unsupportedVersion, 'unsupported version')
      return
    }
    if (greeted) return connection.refuse(wireError('bad-message', ['hello came twice']))
    greeted = true
    connection.send({ kind: 'welcome', version: protocolVersion })
  }

  async function onSessionMessage(message: Exclude<FromPlayer, { kind: 'hello' | 'ping' }>): Promise<void> {
    const { sessionId } = message
    switch (message.kind) {
      case 'attach': {
        if (!followed.has(sessionId) && followed.size >= maxFollowed) {
          throw new NearcadeError('too-many-sessions', [`${maxFollowed} in one window`])
        }
        const stop = await sessions.follow(guest, sessionId, {
          onView(session) {
            connection.send({ kind: 'session', session })
            if (session.state.kind === 'ended') followed.delete(sessionId)
          },
          onSignal: (signal) => connection.send({ kind: 'signal', sessionId, signal }),
        })
        followed.get(sessionId)?.()
        if (stop === null) followed.delete(sessionId)
        else followed.set(sessionId, stop)
        return
      }
      case 'signal':
        return sessions.signal(guest, sessionId, message.signal)
      case 'end':
        await sessions.end(guest, sessionId)
        return
      case 'quality':
        return plays.hear(guest, sessionId, message.quality)
      default:
        message satisfies never
    }
  }

  return connection
}
