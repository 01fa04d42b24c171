import { decodeText } from '../../config/protocol/decode.ts'
import { type FromPlayer, type ToPlayer, toPlayer } from '../../config/protocol/playerSocket.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import { backoffMs } from './backoff.ts'

/** The part of WebSocket that is used, so that tests bring their own. */
export interface SocketLike {
  readonly readyState: number
  send(text: string): void
  close(): void
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
}

export interface ConnectionOptions {
  open(): SocketLike
  onMessage(message: ToPlayer): void
  /** `open` after each welcome, `lost` when it is gone and being tried again. */
  onState(state: 'open' | 'lost'): void
  random?(): number
  /** False while the browser knows of no network at all. */
  isOnline?(): boolean
  nowMs?(): number
}

const browserIsOnline = (): boolean => globalThis.navigator?.onLine !== false

const openState = 1
const pingEveryMs = 5_000
const silentAfterPings = 3
/** While the stream is silent too, the network is to blame, not the router, and nobody else comes back at this moment. */
const doubtMs = 1_000
const redialMs = 250
/**
 * Patience with a socket that is being opened. A browser delays a page's sockets by up to 5 s once some sixteen have failed
 * (Chromium's WebSocket throttling): trying faster for long would make it slower.
 */
const dialPatienceMs = (attempt: number): number => (attempt < 4 ? 1_500 : 6_000)
const hastyAttempts = 8

/** The page's one socket to the router. It comes back by itself for as long as it is not closed, and attaches again. */
export class RouterConnection {
  #options: ConnectionOptions
  #socket: SocketLike | null = null
  #sessionId: string | null = null
  #welcomed = false
  #closed = false
  #attempt = 0
  #unanswered = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #pinger: ReturnType<typeof setInterval> | undefined
  #doubt: ReturnType<typeof setTimeout> | undefined
  #dialledAtMs = 0
  /** Round trip to the router in ms, as its pings saw it at best. */
  rttMs: number | null = null

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#dial()
  }

  get isOpen(): boolean {
    return this.#welcomed
  }

  /** Subscribes to a session, now and after every reconnect. */
  attach(sessionId: string): void {
    this.#sessionId = sessionId
    this.send({ kind: 'attach', sessionId })
  }

  detach(): void {
    this.#sessionId = null
  }

  /** Returns false when the socket is away: attach repeats itself, everything else is the caller's to repeat. */
  send(message: FromPlayer): boolean {
    if (!this.#welcomed || this.#socket?.readyState !== openState) return false
    this.#socket.send(JSON.stringify(message))
    return true
  }

  /** The browser has another network: what failed on the old one says nothing about it. */
  networkChanged(): void {
    this.#attempt = 0
    this.hurry()
  }

  /** Tries at once instead of waiting out the backoff. */
  hurry(): void {
    if (this.#socket !== null || this.#closed) return
    clearTimeout(this.#retry)
    this.#dial()
  }

  /** Something else says that the network is gone: find out soon whether this socket still works, and get another if not. */
  doubt(): void {
    if (this.#closed) return
    const sinceMs = this.#nowMs() - this.#dialledAtMs
    if (this.#socket === null) {
      const hopeful = (this.#options.isOnline ?? browserIsOnline)() && this.#attempt < hastyAttempts
      if (hopeful && sinceMs >= redialMs) this.hurry()
    } else if (!this.#welcomed) {
      if (sinceMs >= dialPatienceMs(this.#attempt)) this.#drop()
    } else if (this.#doubt === undefined) {
      this.send({ kind: 'ping', atMs: performance.now() })
      this.#doubt = setTimeout(() => this.#drop(), doubtMs)
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#doubt)
    clearTimeout(this.#retry)
    clearInterval(this.#pinger)
    this.#socket?.close()
  }

  #dial(): void {
    const socket = this.#options.open()
    this.#socket = socket
    this.#dialledAtMs = this.#nowMs()
    socket.addEventListener('open', () =>
      socket.send(JSON.stringify({ kind: 'hello', version: protocolVersion })),
    )
    socket.addEventListener('message', (event) => {
      if (this.#socket === socket && typeof event.data === 'string') this.#receive(event.data)
    })
    socket.addEventListener('close', () => this.#lost(socket))
    socket.addEventListener('error', () => socket.close())
  }

  #receive(text: string): void {
    this.#unanswered = 0
    this.#believe()
    const decoded = decodeText(toPlayer, text)
    if (!decoded.ok) return
    const message = decoded.value
    if (message.kind === 'welcome') this.#onWelcome()
    if (message.kind === 'pong') {
      const rttMs = performance.now() - message.atMs
      this.rttMs = this.rttMs === null ? rttMs : Math.min(this.rttMs, rttMs)
    }
    this.#options.onMessage(message)
  }

  #onWelcome(): void {
    this.#welcomed = true
    this.#attempt = 0
    if (this.#sessionId !== null) this.send({ kind: 'attach', sessionId: this.#sessionId })
    this.#ping()
    clearInterval(this.#pinger)
    this.#pinger = setInterval(() => this.#ping(), pingEveryMs)
    this.#options.onState('open')
  }

  #ping(): void {
    // A hidden tab's timers may sleep for a minute: only a socket that was asked several times and never answered is dead.
    if (this.#unanswered >= silentAfterPings) return this.#drop()
    this.#unanswered += 1
    this.send({ kind: 'ping', atMs: performance.now() })
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? (() => performance.now()))()
  }

  #believe(): void {
    clearTimeout(this.#doubt)
    this.#doubt = undefined
  }

  /** Its closing handshake would wait for an end that does not answer. */
  #drop(): void {
    const socket = this.#socket
    socket?.close()
    if (socket !== null) this.#lost(socket)
  }

  #lost(socket: SocketLike): void {
    if (this.#socket !== socket) return
    this.#socket = null
    this.#welcomed = false
    this.#believe()
    clearInterval(this.#pinger)
    if (this.#closed) return
    this.#options.onState('lost')
    const waitMs = backoffMs(this.#attempt, (this.#options.random ?? Math.random)())
    this.#attempt += 1
    this.#retry = setTimeout(() => this.#dial(), waitMs)
  }
}
