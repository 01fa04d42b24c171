import { WebSocket, type RawData } from 'ws'
import type * as z from 'zod/mini'
import { NearcadeError, wireError, type ErrorCode, type WireError } from '../../config/errors.ts'
import { decodeText } from '../../config/protocol/decode.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { createBucket } from '../../config/rate.ts'

export type PeerKind = 'player' | 'node'

export interface SocketCounters {
  opened(peer: PeerKind): void
  closed(peer: PeerKind): void
  refused(peer: PeerKind, code: ErrorCode): void
  cut(peer: PeerKind, cause: 'dead' | 'backpressure' | 'rate' | 'bad-messages' | 'handshake'): void
}

/** Close codes of ours, 4000 and up as RFC 6455 leaves them to applications. */
export const closeCodes = {
  badMessages: 4400,
  notKnown: 4401,
  handshake: 4408,
  unsupportedVersion: 4426,
  tooMany: 4429,
  goingAway: 1001,
} as const

export interface ConnectionRules {
  readonly peer: PeerKind
  /** Messages at once (in one burst, or waiting for the one in work), and a second. */
  readonly burst: number
  readonly perSecond: number
  /** Longest text that is read; a longer one is a coded error. */
  readonly maxChars: number
  /** Silence after which the other end is asked for a sign of life; after two without one it is cut off. */
  readonly pingMs: number
  /** Bytes that may wait in the socket. A reader that slow is cut off. */
  readonly maxBufferedBytes: number
}

/** One socket after its upgrade: texts in, typed messages out, with every bound that a stranger needs. */
export interface Connection<Out> {
  /** False when the socket is closed or was just cut off for not reading. */
  send(message: Out): boolean
  /** Answers with an error and counts it. */
  refuse(error: WireError, sessionId?: string): void
  close(code: number, why: string): void
  /** Without a goodbye. */
  terminate(): void
  readonly closed: Promise<void>
}

export interface ConnectionHandler<In> {
  /** Messages come one after the other: the next waits until this one's promise is settled. */
  onMessage(message: In): Promise<void>
  /** Any sign of life. */
  onAlive?(): void
}

/** Mistakes that a peer may make before it is cut off: some at once, and one every ten seconds. */
const badBurst = 20
const badPerSecond = 0.1

export function openConnection<In, Out>(
  socket: WebSocket,
  rules: ConnectionRules,
  schema: z.ZodMiniType<In>,
  errorMessage: (error: WireError, sessionId: string | null) => Out,
  services: { clock: Clock; log: Log; count: SocketCounters },
  handler: ConnectionHandler<In>,
): Connection<Out> {
  const { clock, log, count } = services
  const { peer } = rules
  const rate = createBucket(rules.burst, rules.perSecond)
  const mistakes = createBucket(badBurst, badPerSecond)
  let last: Promise<void> = Promise.resolve()
  let waiting = 0
  let silentRounds = 0
  let cancelPing = (): void => {}

  function cut(cause: Parameters<SocketCounters['cut']>[1], code: number, why: string): void {
    if (socket.readyState !== WebSocket.OPEN) return
    count.cut(peer, cause)
    log.info({ peer, cause }, 'socket cut off')
    // A peer that does not read will not read a goodbye either.
    if (cause === 'dead' || cause === 'backpressure') socket.terminate()
    else socket.close(code, why)
  }

  function send(message: Out): boolean {
    if (socket.readyState !== WebSocket.OPEN) return false
    if (socket.bufferedAmount > rules.maxBufferedBytes) {
      cut('backpressure', 0, '')
      return false
    }
    socket.send(JSON.stringify(message))
    return true
  }

  function refuse(error: WireError, sessionId: string | null = null): void {
    count.refused(peer, error.code)
    send(errorMessage(error, sessionId))
    if (!mistakes.take(clock.now())) cut('bad-messages', closeCodes.badMessages, 'too many bad messages')
  }

  function alive(): void {
    silentRounds = 0
    handler.onAlive?.()
  }

  function receive(data: RawData, isBinary: boolean): void {
    if (socket.readyState !== WebSocket.OPEN) return
    alive()
    if (!rate.take(clock.now()) || waiting >= rules.burst) {
      count.refused(peer, 'too-many-messages')
      send(errorMessage(wireError('too-many-messages'), null))
      cut('rate', closeCodes.tooMany, 'too many messages')
      return
    }
    if (isBinary) return refuse(wireError('bad-message', ['only texts are spoken here']))
    const decoded = decodeText(schema, data.toString(), rules.maxChars)
    if (!decoded.ok) return refuse(wireError(decoded.error.code, decoded.error.details))
    waiting += 1
    last = last
      .then(() => (socket.readyState === WebSocket.OPEN ? handler.onMessage(decoded.value) : undefined))
      .catch((cause: unknown) => {
        if (cause instanceof NearcadeError) return refuse(cause.toWire())
        log.error({ err: cause, peer }, 'message failed')
        refuse(wireError('internal'))
      })
      .finally(() => {
        waiting -= 1
      })
  }

  function ping(): void {
    cancelPing = clock.after(rules.pingMs, () => {
      if (silentRounds >= 2) return cut('dead', 0, '')
      silentRounds += 1
      socket.ping()
      ping()
    })
  }

  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      cancelPing()
      count.closed(peer)
      void last.then(resolve)
    })
  })
  count.opened(peer)
  socket.on('message', receive)
  socket.on('pong', alive)
  // What is wrong with a socket also closes it; an oversized frame (1009) comes this way.
  socket.on('error', (cause) => {
    if ('code' in cause && cause.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
      count.refused(peer, 'message-too-large')
    log.debug({ peer, why: cause.message }, 'socket error')
  })
  ping()
  return {
    send,
    refuse,
    close: (code, why) => socket.close(code, why),
    terminate: () => socket.terminate(),
    closed,
  }
}
