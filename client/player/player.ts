import { maxPastedCharacters, type ToBrowser } from '../../config/protocol/control.ts'
import type { EmbedFault } from '../../config/protocol/embedEvents.ts'
import type { StreamRequest } from '../../config/protocol/stream.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import { ClockSync, clockSample } from './clock.ts'
import type { Condition } from './condition.ts'
import { RouterConnection, type SocketLike } from './connection.ts'
import { FrameWatch } from './frames.ts'
import { listenToKeyboard } from './input/keyboard.ts'
import { listenToMouse } from './input/mouse.ts'
import { listenToPads, rumble } from './input/pads.ts'
import { InputSender } from './input/sender.ts'
import { listenToTouch } from './input/touch.ts'
import { Measures } from './measures.ts'
import type { Facts, Phase } from './phase.ts'
import { PlayerSession, type SessionRequests } from './session.ts'
import { Trace } from './trace.ts'

export interface PlayerEvents {
  onPhase(phase: Phase, facts: Facts): void
  /** The router's socket; the stream goes on without it. */
  onRouter(state: 'open' | 'lost'): void
  /** The node has not answered for a while, or does again. ICE decides later whether the connection is lost. */
  onSilent(silent: boolean): void
  onIdleWarning(endsAtMs: number | null): void
  /** What the node gives, after hello and after every change. */
  onStream(stream: StreamRequest): void
  /** Why the picture is worse than asked for, whenever that changes. */
  onCondition(condition: Condition): void
  onNodeError(error: { what: string; next: string }): void
  /** Of the game, as JSON. */
  onMessage(text: string): void
  /** What `message` sent has not reached the game. */
  onMessageRefused(error: EmbedFault): void
  onPads(count: number): void
  onWantPointerLock(): void
  /** Our own key combinations; true when it was one. */
  onShortcut(event: KeyboardEvent): boolean
  /** False while something of the page's own wants the keyboard. */
  hasKeyboard(): boolean
}

export interface PlayerOptions {
  readonly stage: HTMLVideoElement
  readonly title: Pick<TitleCard, 'input'>
  /** Opens the router's player socket. */
  readonly openSocket: () => SocketLike
  readonly requests: SessionRequests
  readonly events: PlayerEvents
}

const clockBurst = 6
const clockBurstEveryMs = 60
const clockEveryMs = 1_000
/** Three questions about the clock without an answer. */
const silentAfterMs = 3_500

/** The embeddable player: one stage, one session at a time, no page around it. */
export class Player {
  readonly session: PlayerSession
  readonly connection: RouterConnection
  readonly sender: InputSender
  readonly clock = new ClockSync()
  readonly trace = new Trace((edgeMs) => this.clock.toBrowserMs(edgeMs))
  readonly measures: Measures
  readonly #stage: HTMLVideoElement
  readonly #events: PlayerEvents
  readonly #frames: FrameWatch | null
  readonly #closers: (() => void)[] = []
  #timers: ReturnType<typeof setInterval>[] = []
  #encoder: string | null = null
  #heardAtMs = 0
  #silent = false

  constructor({ stage, title, openSocket, requests, events }: PlayerOptions) {
    this.#stage = stage
    this.#events = events
    this.connection = new RouterConnection({
      open: openSocket,
      onMessage: (message) => this.session.onMessage(message),
      onState: (state) => {
        this.session.onSocket(state)
        events.onRouter(state)
      },
    })
    this.session = new PlayerSession(this.connection, requests, {
      onPhase: (phase, facts) => events.onPhase(phase, facts),
      onTracks: (stream) => this.#show(stream),
      onControl: (message) => this.#onControl(message),
      onFrameRecord: (record) => this.trace.record(record),
      onConnected: () => this.#onConnected(),
      onDisconnected: () => this.#onDisconnected(),
    })
    this.sender = new InputSender({
      send: (channel, bytes) => this.session.sendInput(channel, bytes),
      onSent: (id, kind, atMs) => this.trace.sent(id, kind, atMs),
      nowMs: () => performance.now(),
      setInterval: (call, everyMs) => setInterval(call, everyMs),
      clearInterval: (timer) => clearInterval(timer as number),
      setTimeout: (call, afterMs) => setTimeout(call, afterMs),
      clearTimeout: (timer) => clearTimeout(timer as number),
    })
    this.#frames =
      'requestVideoFrameCallback' in stage
        ? new FrameWatch(stage, this.trace, () => this.session.frameShown())
        : null
    if (this.#frames === null) this.#listen('timeupdate', () => this.session.frameShown())
    this.measures = new Measures({
      session: this.session,
      clock: this.clock,
      trace: this.trace,
      frames: this.#frames,
      onCondition: (condition) => events.onCondition(condition),
      ownSession: () => this.#ownSession(),
      tellQuality: (sessionId, quality) => this.connection.send({ kind: 'quality', sessionId, quality }),
    })
    this.#listenToInput(title.input)
  }

  /** Name of the node's encoder, once it has said it. */
  get encoder(): string | null {
    return this.#encoder
  }

  get framesShown(): number {
    return this.#frames?.shown ?? 0
  }

  isLive(): boolean {
    return this.session.facts.peer === 'connected'
  }

  setQuality(stream: StreamRequest): void {
    this.session.sendControl({ kind: 'quality', stream })
  }

  /**
   * Pasted text, typed by the node. Held keys would turn it into shortcuts, so they are let go first.
   * @returns how many UTF-16 units were sent: all, the most that a node types at a time, or 0 without a connection
   */
  paste(text: string): number {
    this.sender.releaseAll(performance.now())
    const sent = text.slice(0, maxPastedCharacters)
    return sent !== '' && this.session.sendControl({ kind: 'paste', text: sent }) ? sent.length : 0
  }

  /** To the game, as JSON. @returns false: there is no connection */
  message(text: string): boolean {
    return this.session.sendControl({ kind: 'message', text })
  }

  stillHere(): void {
    this.session.sendControl({ kind: 'still-here' })
  }

  /** Ends the session for good. */
  async end(): Promise<void> {
    this.measures.tellQuality()
    await this.session.end()
  }

  /** The page goes away and may come back. */
  bye(): void {
    this.measures.tellQuality()
    this.sender.releaseAll(performance.now())
    this.session.bye()
  }

  close(): void {
    for (const close of this.#closers) close()
    this.#stopTimers()
    this.measures.end()
    this.#frames?.stop()
    this.sender.close()
    this.session.close()
    this.connection.close()
    this.#stage.srcObject = null
  }

  #listenToInput(input: TitleCard['input']): void {
    const { sender } = this
    const stage = this.#stage
    const isLive = (): boolean => this.isLive()
    const events = this.#events
    this.#closers.push(
      listenToKeyboard({
        sender,
        hasKeyboard: () => this.isLive() && events.hasKeyboard(),
        onShortcut: (event) => events.onShortcut(event),
      }),
      listenToMouse({
        stage,
        sender,
        mode: input.pointer,
        isLive,
        onWantLock: () => events.onWantPointerLock(),
      }),
      listenToTouch({ stage, sender, mode: input.touch, looks: input.pointer === 'relative', isLive }),
    )
    if (input.pad !== 'none')
      this.#closers.push(listenToPads(sender, isLive, (count) => events.onPads(count)))
  }

  #ownSession(): string | null {
    const { session } = this.session.facts
    return session === null || (session.together?.you ?? 1) > 1 ? null : session.id
  }

  #listen(type: keyof HTMLVideoElementEventMap, listener: () => void): void {
    this.#stage.addEventListener(type, listener)
    this.#closers.push(() => this.#stage.removeEventListener(type, listener))
  }

  #show(stream: MediaStream): void {
    if (this.#stage.srcObject !== stream) this.#stage.srcObject = stream
    // Refused only where sound was not unlocked by a click: the page shows its unmute button then.
    this.#stage.play().catch(() => {
      this.#stage.muted = true
      this.#stage.play().catch(() => undefined)
    })
  }

  #onConnected(): void {
    this.sender.channelsOpened()
    this.measures.begin()
    this.#heardAtMs = performance.now()
    this.#stopTimers()
    for (let n = 0; n < clockBurst; n += 1)
      this.#timers.push(setTimeout(() => this.#askClock(), n * clockBurstEveryMs))
    this.#timers.push(setInterval(() => this.#askClock(), clockEveryMs))
  }

  #onDisconnected(): void {
    this.#stopTimers()
    this.measures.end()
    this.#hear(false)
    this.sender.close()
    this.#events.onIdleWarning(null)
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
  }

  #askClock(): void {
    this.#hear(performance.now() - this.#heardAtMs > silentAfterMs && document.visibilityState === 'visible')
    this.session.sendControl({ kind: 'clock', t0Ms: performance.now() })
  }

  #hear(silent: boolean): void {
    if (silent === this.#silent) return
    this.#silent = silent
    this.#events.onSilent(silent)
  }

  #onControl(message: ToBrowser): void {
    this.#heardAtMs = performance.now()
    this.#hear(false)
    switch (message.kind) {
      case 'welcome':
        this.#encoder = message.encoder
        this.measures.heardStream(message.stream)
        this.#events.onStream(message.stream)
        break
      case 'clock':
        this.clock.add(clockSample(message.t0Ms, message.receivedAtMs, message.sentAtMs, performance.now()))
        break
      case 'quality':
        this.measures.heardStream(message.stream)
        this.#events.onStream(message.stream)
        break
      case 'network': {
        const { kind: _kind, ...network } = message
        this.measures.heardNetwork(network)
        break
      }
      case 'idle-warning':
        this.#events.onIdleWarning(performance.now() + message.endsInMs)
        break
      case 'idle-cleared':
        this.#events.onIdleWarning(null)
        break
      case 'rumble':
        rumble(message.index, message.strong, message.weak, message.durationMs)
        break
      case 'message':
        this.#events.onMessage(message.text)
        break
      case 'message-refused':
        this.#events.onMessageRefused(message.error)
        break
      case 'error':
        this.#events.onNodeError(message.error)
        break
      default:
        message satisfies never
    }
  }
}
