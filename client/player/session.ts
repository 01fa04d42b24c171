import { type WireError, wireError } from '../../config/errors.ts'
import type { CreateSession, SessionChoice, SessionView } from '../../config/protocol/api.ts'
import { type FromBrowser, type ToBrowser, toBrowser } from '../../config/protocol/control.ts'
import { decodeText } from '../../config/protocol/decode.ts'
import { decodeFrameRecord, type FrameRecord } from '../../config/protocol/frameRecord.ts'
import type { IceServers } from '../../config/protocol/ice.ts'
import type { ToPlayer } from '../../config/protocol/playerSocket.ts'
import { udpIsBlocked } from '../../config/protocol/placement.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import type { RouterConnection } from './connection.ts'
import { IceServerCache } from './iceServers.ts'
import type { InputChannel } from './input/sender.ts'
import { PlayerPeer } from './peer.ts'
import { type Facts, isInLine, noFacts, type Phase, phaseOf } from './phase.ts'
import { randomId } from './randomId.ts'
import { describeTried } from './tried.ts'

export interface SessionEvents {
  onPhase(phase: Phase, facts: Facts): void
  onTracks(stream: MediaStream): void
  onControl(message: ToBrowser): void
  onFrameRecord(record: FrameRecord): void
  /** A peer is up: channels are open, totals start at zero. */
  onConnected(): void
  onDisconnected(): void
}

export interface SessionRequests {
  create(request: CreateSession): Promise<SessionView>
  read(sessionId: string): Promise<SessionView>
  end(sessionId: string): Promise<SessionView>
  /** What a player in line decides. */
  choose(sessionId: string, choice: SessionChoice): Promise<SessionView>
  /** The relays that this player may use. */
  ice(): Promise<IceServers>
  /** The catalogue's words for what any of these threw. */
  errorOf(failure: unknown): WireError
}

/** Waits before the n-th attempt at a new peer, ms; the last one repeats. */
const peerWaitsMs = [0, 300, 800, 1500, 3000] as const
/** Before the first picture, this many attempts that came to nothing are an answer. */
const maxFirstAttempts = 2
/** A peer that is neither up nor refused by now will not be: a slow path through a relay over TLS takes ten round trips. */
const peerPatienceMs = 8_000

/**
 * One player's hold on one session: asks for it, connects, finds the stream again when it is lost, and knows at any moment
 * which phase that amounts to. Touches neither page nor input.
 */
export class PlayerSession {
  #facts: Facts = noFacts
  #peer: PlayerPeer | null = null
  #early: Signal[] = []
  #attempts = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #patience: ReturnType<typeof setTimeout> | undefined
  #closed = false
  /** The probes say that nothing else will do; where they are wrong, the next attempt finds out. */
  #relayFirst = false
  readonly #iceServers: IceServerCache
  /** Raised with each start, so that the answer to an abandoned request is not taken for the current one's. */
  #run = 0

  readonly #connection: RouterConnection
  readonly #requests: SessionRequests
  readonly #events: SessionEvents

  constructor(connection: RouterConnection, requests: SessionRequests, events: SessionEvents) {
    this.#connection = connection
    this.#requests = requests
    this.#events = events
    this.#iceServers = new IceServerCache(() => requests.ice())
  }

  get facts(): Facts {
    return this.#facts
  }

  get phase(): Phase {
    return phaseOf(this.#facts)
  }

  get pc(): RTCPeerConnection | null {
    return this.#peer?.pc ?? null
  }

  /** Asks for a new session; the offer is made meanwhile. */
  async start(request: CreateSession): Promise<void> {
    const run = this.#begin()
    this.#relayFirst = udpIsBlocked(request.probes)
    this.#openPeer()
    try {
      const view = await this.#requests.create(request)
      if (this.#run === run) this.#adopt(view)
      else await this.#requests.end(view.id)
    } catch (failure) {
      if (this.#run === run) this.#fail(this.#requests.errorOf(failure))
    }
  }

  /** Takes up a session that already runs or waits. */
  async resume(sessionId: string): Promise<void> {
    const run = this.#begin()
    this.#openPeer()
    try {
      const view = await this.#requests.read(sessionId)
      if (this.#run === run) this.#adopt(view)
    } catch (failure) {
      if (this.#run === run) this.#fail(this.#requests.errorOf(failure))
    }
  }

  /** A fresh connection to the same session, e.g. to take it back from another window. */
  reconnect(): void {
    if (this.#facts.session === null) return
    this.#attempts = 0
    this.#set({ taken: false, error: null })
    this.#openPeer()
  }

  /** Ends the session for good. Its view arrives through the socket; the answer is taken in case the socket is away. */
  async end(): Promise<void> {
    const { session } = this.#facts
    this.#run += 1
    if (session === null) return
    try {
      this.onView(await this.#requests.end(session.id))
    } catch (failure) {
      this.#fail(this.#requests.errorOf(failure))
    }
  }

  /**
   * What the player in line decides; the view that follows shows what came of it.
   * @returns null, or why nothing came of it: the session is as it was
   */
  async choose(choice: SessionChoice): Promise<WireError | null> {
    const { session } = this.#facts
    if (session === null) return null
    const run = this.#run
    try {
      const view = await this.#requests.choose(session.id, choice)
      if (this.#run === run) this.onView(view)
      return null
    } catch (failure) {
      const error = this.#requests.errorOf(failure)
      // What was on offer is not any more: the page may have missed why.
      if (error.code === 'choice-gone') await this.#refresh(session.id, run)
      return error
    }
  }

  /** Forgets the current session without a word, e.g. before asking for another one. */
  abandon(): void {
    const { session } = this.#facts
    this.#run += 1
    this.#dropPeer()
    this.#connection.detach()
    if (session !== null && session.state.kind !== 'ended')
      this.#requests.end(session.id).catch(() => undefined)
    this.#facts = noFacts
  }

  sendInput(channel: InputChannel, bytes: Uint8Array<ArrayBuffer>): boolean {
    return this.#peer?.sendInput(channel, bytes) ?? false
  }

  sendControl(message: FromBrowser): boolean {
    return this.#peer?.sendControl(JSON.stringify(message)) ?? false
  }

  /** The page saw a frame of the current peer. */
  frameShown(): void {
    if (this.#facts.shown || this.#facts.peer !== 'connected') return
    this.#attempts = 0
    this.#set({ shown: true, played: true })
  }

  /** The browser says that its networks changed, or may have. */
  networkChanged(): void {
    this.#connection.networkChanged()
    this.#peer?.suspect()
  }

  onSocket(state: 'open' | 'lost'): void {
    // An offer that was on its way when the socket broke may be gone: the answer would never come.
    if (
      state === 'open' &&
      this.#facts.session !== null &&
      !isInLine(this.#facts.session.state) &&
      this.#facts.peer !== 'connected' &&
      !this.#facts.taken
    )
      this.#openPeer()
  }

  onMessage(message: ToPlayer): void {
    const { session } = this.#facts
    switch (message.kind) {
      case 'session':
        if (message.session.id === session?.id) this.onView(message.session)
        break
      case 'signal':
        if (message.sessionId === session?.id) this.#onSignal(message.signal)
        break
      case 'error':
        if (message.sessionId !== null && message.sessionId === session?.id)
          this.#onRouterError(message.error)
        break
      case 'welcome':
      case 'pong':
        break
      default:
        message satisfies never
    }
  }

  onView(view: SessionView): void {
    const known = this.#facts.session
    if (known !== null && (known.id !== view.id || known.revision > view.revision)) return
    this.#set({ session: view })
    this.#matchPeer(known, view)
  }

  /** The tab goes away: the node suspends at once instead of waiting for silence. */
  bye(): void {
    this.sendControl({ kind: 'bye' })
    // Closing the connection here would throw away what was just queued; the browser closes it with the page.
    this.#closed = true
  }

  close(): void {
    this.#closed = true
    this.#dropPeer()
  }

  #begin(): number {
    this.#run += 1
    this.#attempts = 0
    this.#relayFirst = false
    this.#dropPeer()
    this.#facts = { ...noFacts, request: 'sending' }
    this.#set({})
    return this.#run
  }

  #adopt(view: SessionView): void {
    this.#set({ request: 'sent', session: view })
    this.#connection.attach(view.id)
    this.#matchPeer(null, view)
    const early = this.#early
    this.#early = []
    for (const signal of early) this.#sendSignal(signal)
  }

  /** Without a node there is nobody to connect to, and a lost one is nobody any more. */
  #matchPeer(before: SessionView | null, view: SessionView): void {
    if (view.state.kind === 'ended' || isInLine(view.state)) {
      this.#dropPeer()
      return
    }
    if (before !== null && (view.again?.times ?? 0) > (before.again?.times ?? 0)) this.#dropPeer()
    const { peer, taken, error } = this.#facts
    if (peer !== 'none' || taken || error !== null || this.#closed) return
    this.#attempts = 0
    this.#openPeer()
  }

  async #refresh(sessionId: string, run: number): Promise<void> {
    try {
      const view = await this.#requests.read(sessionId)
      if (this.#run === run) this.onView(view)
    } catch {
      // The socket brings the next view.
    }
  }

  #fail(error: WireError): void {
    this.#dropPeer()
    this.#set({ error })
  }

  #openPeer(): void {
    this.#dropPeer()
    const peer = new PlayerPeer(randomId(), {
      onSignal: (signal) => this.#sendSignal(signal),
      isSignalling: () => this.#connection.isOpen,
      onQuiet: () => this.#connection.doubt(),
      iceServers: this.#iceServers,
      relayOnly: this.#relayFirst && this.#attempts === 0,
      onConnected: () => this.#onConnected(),
      onLost: () => this.#onLost(),
      onTracks: (stream) => this.#events.onTracks(stream),
      onControl: (text) => this.#onControl(text),
      onFrameRecord: (bytes) => {
        const record = decodeFrameRecord(bytes)
        if (record !== null) this.#events.onFrameRecord(record)
      },
    })
    this.#peer = peer
    this.#set({ peer: 'connecting', shown: false })
  }

  #dropPeer(): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#patience)
    const wasConnected = this.#peer?.connected === true
    this.#peer?.close()
    this.#peer = null
    this.#early = []
    if (wasConnected) this.#events.onDisconnected()
    if (this.#facts.peer !== 'none') this.#set({ peer: 'none', shown: false })
  }

  /** Until the session has a name, the offer waits; the router holds it until the node is there. */
  #sendSignal(signal: Signal): void {
    const { session } = this.#facts
    if (session === null) {
      this.#early.push(signal)
      return
    }
    if (signal.kind === 'offer') {
      clearTimeout(this.#patience)
      this.#patience = setTimeout(() => this.#onPatience(), peerPatienceMs)
    }
    this.#connection.send({ kind: 'signal', sessionId: session.id, signal })
  }

  #onSignal(signal: Signal): void {
    if (signal.peerId !== this.#peer?.id) return
    if (signal.kind === 'rejected' && signal.code === 'session-taken') {
      this.#dropPeer()
      this.#set({ taken: true })
      return
    }
    this.#peer.accept(signal)
  }

  /** While the node still starts the game, there is nothing to be impatient about. */
  #onPatience(): void {
    const kind = this.#facts.session?.state.kind
    const live = kind === 'ready' || kind === 'playing' || kind === 'suspended'
    if (this.#facts.peer === 'connected') return
    if (live && this.#connection.isOpen) this.#onLost()
    else this.#patience = setTimeout(() => this.#onPatience(), peerPatienceMs / 4)
  }

  #onRouterError(error: { code: string; what: string; next: string; details?: string[] | undefined }): void {
    const fatal = ['session-not-found', 'not-yours', 'session-ended', 'unsupported-version'] as const
    const code = fatal.find((known) => known === error.code)
    if (code !== undefined) this.#fail({ code, what: error.what, next: error.next })
  }

  #onConnected(): void {
    clearTimeout(this.#patience)
    this.sendControl({ kind: 'hello', version: protocolVersion })
    this.#events.onConnected()
    this.#set({ peer: 'connected' })
  }

  #onLost(): void {
    const wasConnected = this.#facts.peer === 'connected'
    const tried = this.#peer?.ways
    clearTimeout(this.#patience)
    this.#peer?.close()
    this.#peer = null
    if (wasConnected) this.#events.onDisconnected()
    this.#set({ peer: 'lost', shown: false })
    if (this.#closed || this.#facts.session?.state.kind === 'ended') return
    if (wasConnected) this.#attempts = 0
    this.#attempts += 1
    if (!this.#facts.played && this.#attempts >= maxFirstAttempts) {
      this.#fail(wireError('connect-failed', tried === undefined ? [] : describeTried(tried)))
      return
    }
    const waitMs = peerWaitsMs[Math.min(this.#attempts, peerWaitsMs.length) - 1] ?? 0
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#openPeer(), waitMs)
  }

  #onControl(text: string): void {
    const decoded = decodeText(toBrowser, text)
    if (decoded.ok) this.#events.onControl(decoded.value)
  }

  #set(change: Partial<Facts>): void {
    this.#facts = { ...this.#facts, ...change }
    this.#events.onPhase(phaseOf(this.#facts), this.#facts)
  }
}
