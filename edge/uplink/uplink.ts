import WebSocket from 'ws'
import { decodeText, maxNodeMessageChars } from '../../config/protocol/decode.ts'
import { toNode, type FromNode, type NodeStatus, type ToNode } from '../../config/protocol/nodeSocket.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import { backoffMs } from './backoff.ts'
import type { NodeIdentity } from './identity.ts'

/** The node's one connection to its router: dialled out, authenticated, kept alive, dialled again. */
export interface Uplink {
  /** Whether the router has accepted us and the link stands. */
  readonly online: boolean
  /** False where the link is down; whoever must not lose a message keeps it and sends it `onAccepted`. */
  send(message: FromNode): boolean
  /** Sends the status now; the heartbeat does so anyway. */
  announce(): void
  counters(): UplinkCounters
  close(): Promise<void>
}

export interface UplinkCounters {
  readonly connects: number
  readonly badMessages: number
}

export interface UplinkOptions {
  /** `ws://` or `wss://` address of the router, without a path. */
  readonly routerUrl: string
  readonly identity: NodeIdentity
  readonly enrolToken: string | null
  status(): NodeStatus
  /** Accepted: the status has been sent, what is owed can follow. */
  onAccepted(message: Extract<ToNode, { kind: 'accepted' }>): void
  onMessage(message: ToNode): void
  /** What it said instead of accepting us; it is asked again all the same. */
  onRefused?(error: Extract<ToNode, { kind: 'error' }>['error']): void
  readonly log: {
    info(fields: object, text: string): void
    warn(fields: object, text: string): void
  }
  readonly random?: () => number
}

/** Heartbeats without any sign of life from the router before the link counts as dead. */
const silentBeats = 3
/** For the answer to the dial and the whole handshake. */
const handshakeMs = 5000
const closeMs = 1000

export function startUplink(options: UplinkOptions): Uplink {
  const { identity, log } = options
  const random = options.random ?? Math.random
  const address = new URL('/ws/node', options.routerUrl)
  const counters = { connects: 0, badMessages: 0 }
  let socket: WebSocket | null = null
  let accepted = false
  let failures = 0
  let closing = false
  let heartbeat: NodeJS.Timeout | null = null
  let redial: NodeJS.Timeout | null = null
  let handshake: NodeJS.Timeout | null = null
  let heardSinceBeats = 0
  let lastFault = ''

  const post = (to: WebSocket, message: FromNode): void => to.send(JSON.stringify(message))

  const send = (message: FromNode): boolean => {
    if (socket === null || !accepted || socket.readyState !== WebSocket.OPEN) return false
    post(socket, message)
    return true
  }

  const stopTimers = (): void => {
    if (heartbeat !== null) clearInterval(heartbeat)
    if (handshake !== null) clearTimeout(handshake)
    heartbeat = null
    handshake = null
  }

  const beat = (link: WebSocket): void => {
    heardSinceBeats += 1
    if (heardSinceBeats > silentBeats) {
      log.warn({}, 'the router is silent: dialling again')
      link.terminate()
      return
    }
    link.ping()
    send(options.status())
  }

  const handle = (link: WebSocket, message: ToNode): void => {
    if (message.kind === 'challenge') {
      if (message.version !== protocolVersion)
        log.warn({ router: message.version, node: protocolVersion }, 'the router speaks another version')
      post(link, {
        kind: 'auth',
        version: protocolVersion,
        nodeId: identity.nodeId,
        publicKey: identity.publicKey,
        signature: identity.answer(message.nonce),
        enrolToken: options.enrolToken,
      })
    } else if (message.kind === 'accepted') {
      if (accepted) return
      accepted = true
      failures = 0
      lastFault = ''
      counters.connects += 1
      stopTimers()
      heartbeat = setInterval(() => beat(link), message.heartbeatMs)
      log.info({ router: address.host }, 'online')
      send(options.status())
      options.onAccepted(message)
    } else if (message.kind === 'error') {
      log.warn({ error: message.error }, 'the router answered with an error')
      if (accepted) return
      lastFault = message.error.what
      options.onRefused?.(message.error)
    } else if (accepted) options.onMessage(message)
    else counters.badMessages += 1
  }

  const dial = (): void => {
    redial = null
    heardSinceBeats = 0
    const link = new WebSocket(address, {
      handshakeTimeout: handshakeMs,
      maxPayload: maxNodeMessageChars * 4,
      perMessageDeflate: false,
    })
    socket = link
    handshake = setTimeout(() => link.terminate(), handshakeMs)
    link.on('message', (data, isBinary) => {
      heardSinceBeats = 0
      const decoded = isBinary ? null : decodeText<ToNode>(toNode, data.toString(), maxNodeMessageChars)
      if (decoded?.ok !== true) {
        counters.badMessages += 1
        log.warn({ details: decoded?.error.details ?? ['binary'] }, 'a message of the router was malformed')
        return
      }
      handle(link, decoded.value)
    })
    link.on('pong', () => {
      heardSinceBeats = 0
    })
    link.on('error', (error) => {
      if (error.message !== lastFault)
        log.warn({ router: address.host, fault: error.message }, 'no link to the router')
      lastFault = error.message
    })
    link.on('close', (code) => {
      stopTimers()
      if (accepted && !closing) log.warn({ code }, 'the link to the router is gone')
      accepted = false
      if (socket === link) socket = null
      if (closing) return
      redial = setTimeout(dial, backoffMs(failures, random()))
      failures += 1
    })
  }

  dial()
  return {
    get online() {
      return accepted
    },
    send,
    announce() {
      send(options.status())
    },
    counters: () => ({ ...counters }),
    async close() {
      closing = true
      if (redial !== null) clearTimeout(redial)
      const link = socket
      if (link === null) return
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => link.terminate(), closeMs)
        link.once('close', () => {
          clearTimeout(force)
          resolve()
        })
        if (link.readyState === WebSocket.CONNECTING) link.terminate()
        else link.close(1000)
      })
    },
  }
}
