import { wireError } from '../../config/errors.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import type { Condition } from '../player/condition.ts'
import { exposed, type Nearcade } from '../player/exposed.ts'
import { type Facts, type Phase, type ProgressStep, retryNeedsNewSession } from '../player/phase.ts'
import { Player } from '../player/player.ts'
import { api, errorOf } from '../ui/api.ts'
import { ask } from '../ui/dialog.ts'
import { need } from '../ui/dom.ts'
import { pageProbes } from '../ui/probes.ts'
import { openPlayerSocket } from '../ui/playerToken.ts'
import { Embedding } from '../embed/embedding.ts'
import type { Host } from '../embed/frame.ts'
import { chime } from './chime.ts'
import { Chrome } from './chrome.ts'
import { onFirstPress } from './firstPress.ts'
import { IdleDialog } from './idleDialog.ts'
import { endMessage, endQuestion, failedMessage, leaveQuestion, takenMessage } from './messages.ts'
import { againText, OverPicture } from './overPicture.ts'
import { errorMessage, type MessagePanel, posterPanel, toLibrary } from './panels.ts'
import { Pills } from './pills.ts'
import { PointerLock } from './pointerLock.ts'
import { RatingCard } from './ratingCard.ts'
import { streamFor } from '../player/quality.ts'
import { createRequest, type RequestTokens } from './request.ts'
import { Still } from './still.ts'
import { Why } from './why.ts'

const tickEveryMs = 250

/** Not in every browser; its `change` comes when the kind of network changes, and when its estimated speed does. */
const networkInformation = (): EventTarget | undefined =>
  (navigator as Navigator & { connection?: EventTarget }).connection

/** One play page for one title: what each phase of its session means for the page, and what the page's own controls do. */
export class PlayPage {
  readonly nearcade: Nearcade
  readonly #title: TitleCard
  readonly #party: string | null
  readonly #embedding: Embedding | null
  readonly #tokens: RequestTokens
  readonly #stage = need('[data-role=stage]', HTMLVideoElement)
  readonly #over: OverPicture
  readonly #pills = new Pills(need('[data-role=pills]', HTMLElement))
  readonly #player: Player
  readonly #chrome: Chrome
  readonly #still = new Still(this.#stage)
  readonly #lock: PointerLock
  readonly #idle: IdleDialog
  readonly #why = new Why(api.placement, (inWords) => this.#over.explain(inWords))
  readonly #probes = pageProbes()
  #phase: Phase = { kind: 'idle' }
  /** How often the session had been started anew when that was last told. */
  #toldAgain = 0
  #begun = false
  #begin = (): void => void this.start()
  #greeted = false

  /**
   * @param party code of the party that led here
   * @param tokens of the link that did
   * @param host the page around, where this one is in a frame
   */
  constructor(title: TitleCard, party: string | null, tokens: RequestTokens, host: Host | null = null) {
    this.#title = title
    this.#party = party
    this.#tokens = tokens
    this.#over = new OverPicture(title, {
      onRetryStep: (step) => this.#retryStep(step),
      onReconnect: () => this.#player.session.reconnect(),
      onEnd: () => void this.#end(),
      onChoose: (choice) => this.#player.session.choose(choice),
      onWhy: () => this.#openWhy(),
      onHeld: () => {
        if (!this.#chrome.sound.state.muted) chime()
      },
    })
    this.#stage.setAttribute('aria-label', `${title.name}, the game's picture`)
    this.#stage.poster = title.coverUrl
    this.#player = new Player({
      stage: this.#stage,
      title,
      openSocket: openPlayerSocket,
      requests: {
        create: api.createSession,
        read: api.session,
        end: api.endSession,
        choose: api.choose,
        ice: api.ice,
        errorOf,
      },
      events: {
        onPhase: (phase, facts) => this.#onPhase(phase, facts),
        onRouter: (state) => this.#onRouter(state),
        onSilent: (silent) => this.#onSilent(silent),
        onIdleWarning: (endsAtMs) => this.#idle.show(endsAtMs),
        onStream: () => undefined,
        onCondition: (condition) => this.#onCondition(condition),
        onNodeError: ({ what, next }) =>
          this.#pills.show('node', { icon: 'alert', text: `${what} ${next}`, forMs: 8000 }),
        onMessage: (text) => host?.tell({ kind: 'message', text }),
        onMessageRefused: (error) => host?.tell({ kind: 'message-refused', error }),
        onPads: (count) => this.#onPads(count),
        onWantPointerLock: () => void this.#lock.lock(),
        onShortcut: (event) => this.#chrome.onShortcut(event),
        hasKeyboard: () => this.#gameHasKeyboard(),
      },
    })
    this.nearcade = exposed(this.#player)
    this.#probes.keepFresh(() => !this.#begun)
    this.#idle = new IdleDialog(() => this.#player.stillHere())
    this.#lock = new PointerLock(
      this.#stage,
      this.#player.sender,
      this.#pills,
      title.input.pointer === 'relative',
    )
    this.#chrome = new Chrome(title, this.#player, this.#pills, {
      onEnd: () => void this.#end(),
      onWhy: () => this.#openWhy(),
      onLeave: host === null ? null : () => host.tell({ kind: 'leave' }),
    })
    this.#embedding = host === null ? null : this.#embed(host)
    this.#listen()
  }

  /** The poster, until the first click or key. */
  offer(existing: SessionView | null): void {
    const begin = (): void => {
      if (existing === null) void this.start()
      else void this.resume(existing.id)
    }
    const startNew = async (): Promise<void> => {
      if (this.#begun || existing === null) return
      this.#over.progress('placing', null)
      // Its seat may be the one that the new game gets.
      await api.endSession(existing.id).catch(() => undefined)
      await this.start()
    }
    this.#begin = begin
    const poster = posterPanel(this.#title, existing, this.#tokens.testToken !== null, () => void startNew())
    this.#over.show('idle', poster)
    onFirstPress(poster, () => this.#begun, begin)
  }

  /** `?autostart=1`: browsers allow no sound before a click. */
  beginMuted(sessionId: string | null): void {
    this.#chrome.sound.muteForNow()
    if (sessionId === null) void this.start()
    else void this.resume(sessionId)
  }

  async start(): Promise<void> {
    if (this.#begun) return
    this.#begun = true
    this.#over.progress('placing', null)
    const probes = await this.#probes.ready()
    const request = createRequest(this.#title, this.#chrome.quality, probes, this.#tokens)
    if (request === null) this.#showMessage('failed', errorMessage(wireError('no-codec'), [toLibrary]))
    else await this.#player.session.start(request)
  }

  async resume(sessionId: string): Promise<void> {
    if (this.#begun) return
    this.#begun = true
    this.#over.progress('connecting', null)
    await this.#player.session.resume(sessionId)
  }

  /** Plays in somebody else's session: that one decides about it. */
  get #isGuest(): boolean {
    return (this.#player.session.facts.session?.together?.you ?? 1) > 1
  }

  #restart(): void {
    if (this.#isGuest && this.#phase.kind !== 'ended') return location.reload()
    this.#player.session.abandon()
    this.#begun = false
    void this.start()
  }

  #onPhase(phase: Phase, facts: Facts): void {
    const before = this.#phase
    this.#phase = phase
    if (facts.session !== null) this.#why.heard(facts.session)
    this.#embedding?.onPhase(phase, facts)
    const live = phase.kind === 'playing'
    if (before.kind === 'playing' && (phase.kind === 'reconnecting' || phase.kind === 'taken'))
      this.#still.keep()
    this.#lock.setLive(live)
    if (!live) this.#player.sender.releaseAll(performance.now())
    switch (phase.kind) {
      case 'playing':
        if (before.kind !== 'playing') this.#onPlaying(facts.session)
        break
      case 'progress':
        this.#over.progress(phase.step, facts.session)
        break
      case 'waiting':
        if (facts.session !== null) this.#over.waiting(facts.session)
        break
      case 'reconnecting':
        this.#over.lost(phase.graceEndsAtMs, facts.session?.graceMs ?? 90_000, this.#player.connection.isOpen)
        break
      case 'taken':
        this.#showMessage(
          'taken',
          takenMessage(() => this.#player.session.reconnect()),
        )
        break
      case 'failed':
        this.#showMessage(
          'failed',
          failedMessage(phase.error, () => this.#tryAgain(facts)),
        )
        break
      case 'ended':
        this.#idle.show(null)
        this.#showMessage(
          'ended',
          endMessage(phase.end, () => this.#restart(), this.#party),
        )
        if (before.kind !== 'ended' && facts.session !== null) void this.#askHowItWas(facts.session.id)
        break
      case 'idle':
        break
      default:
        phase satisfies never
    }
  }

  /** Where a publisher wants to hear it, and the session was long enough to say. */
  async #askHowItWas(sessionId: string): Promise<void> {
    const { id } = this.#title
    const said = await api.rating(id, sessionId).catch(() => null)
    if (said?.ask !== true || this.#phase.kind !== 'ended' || !this.#isAt(sessionId)) return
    const card = new RatingCard(id, said.mine, {
      rate: (rating) => api.rate(id, rating),
      takeBack: () => api.takeRatingBack(id),
    })
    this.#over.below(card.element)
  }

  #isAt(sessionId: string): boolean {
    return this.#player.session.facts.session?.id === sessionId
  }

  /** A session that still lives only needs a new connection. */
  #tryAgain(facts: Facts): void {
    if (facts.session === null || facts.error?.code !== 'connect-failed') this.#restart()
    else this.#player.session.reconnect()
  }

  #onPlaying(session: SessionView | null): void {
    this.#over.clear()
    this.#still.drop()
    this.#chrome.focusStage()
    if (!this.#greeted) this.#chrome.greet()
    if (!this.#greeted && this.#isGuest) {
      this.#chrome.leaves()
      // Until now the stream is what the owner asked for.
      this.#player.setQuality(streamFor(this.#title.display, this.#chrome.quality))
    }
    this.#greeted = true
    const again = session?.again ?? null
    if (again === null || again.times === this.#toldAgain) return
    this.#toldAgain = again.times
    this.#pills.show('again', { icon: 'retry', text: againText(again), forMs: 10_000 })
  }

  #openWhy(): void {
    if (!this.#why.open())
      this.#pills.show('why', { icon: 'info', text: 'The reasons are not known yet', forMs: 3000 })
  }

  #retryStep(step: ProgressStep): void {
    if (retryNeedsNewSession(step)) this.#restart()
    else {
      this.#over.restartProgress()
      this.#player.session.reconnect()
    }
  }

  #showMessage(name: string, message: MessagePanel): void {
    this.#pills.hideAll()
    if (document.pointerLockElement !== null) document.exitPointerLock()
    this.#over.message(name, message)
  }

  #onRouter(state: 'open' | 'lost'): void {
    if (state === 'lost' && this.#phase.kind === 'playing')
      this.#pills.show('router', { icon: 'retry', text: 'Playing on; the service is being reached again' })
    if (state === 'open') this.#pills.hide('router')
  }

  #onSilent(silent: boolean): void {
    if (silent) this.#pills.show('silent', { icon: 'alert', text: 'The node has gone quiet; waiting for it' })
    else this.#pills.hide('silent')
  }

  #onCondition(condition: Condition): void {
    if (condition === 'fine') this.#pills.hide('condition')
    else
      this.#pills.show('condition', {
        icon: 'quality',
        text: condition === 'network' ? 'Network is slow: picture reduced' : 'Picture reduced to keep pace',
      })
  }

  #onPads(count: number): void {
    if (count > 0 && this.#phase.kind === 'playing')
      this.#pills.show('pads', { icon: 'pad', text: 'Gamepad connected', forMs: 2500 })
  }

  #embed(host: Host): Embedding {
    return new Embedding(host, this.#stage, {
      start: () => {
        if (!this.#begun) this.#begin()
        else if (this.#phase.kind === 'ended' || this.#phase.kind === 'failed') this.#restart()
      },
      stop: () => void this.#player.end(),
      focus: () => this.#chrome.focusStage(),
      sound: this.#chrome.sound,
      setQuality: (quality) => this.#chrome.setQuality(quality),
      stats: () => this.#player.measures.stats,
      message: (text) => this.#player.message(text),
    })
  }

  #gameHasKeyboard(): boolean {
    return this.#phase.kind === 'playing' && !this.#chrome.hasKeyboard
  }

  async #end(): Promise<void> {
    const others = (this.#player.session.facts.session?.together?.players ?? 1) - 1
    const sure = await ask(this.#isGuest ? leaveQuestion : endQuestion(others))
    if (!sure) return this.#chrome.focusStage()
    if (!this.#isGuest) return this.#player.end()
    this.#player.bye()
    location.assign(this.#party === null ? '/' : `/party/${this.#party}`)
  }

  #listen(): void {
    document.addEventListener('focusin', () => {
      if (!this.#gameHasKeyboard()) this.#player.sender.releaseAll(performance.now())
    })
    document.addEventListener('paste', (event) => {
      const text = event.clipboardData?.getData('text/plain') ?? ''
      if (this.#gameHasKeyboard() && text !== '') this.#chrome.paste(text)
    })
    window.addEventListener('online', () => this.#player.session.networkChanged())
    networkInformation()?.addEventListener('change', () => this.#player.session.networkChanged())
    // Ctrl and W are fire and forward to a game, and "close this tab" to the browser.
    window.addEventListener('beforeunload', (event) => {
      if (this.#phase.kind === 'playing' && this.#player.sender.heldKeys.size > 0) event.preventDefault()
    })
    window.addEventListener('pagehide', () => this.#player.bye())
    window.addEventListener('pageshow', (event) => {
      if (event.persisted) location.reload()
    })
    setInterval(() => this.#tick(), tickEveryMs)
  }

  #tick(): void {
    this.#over.tick()
    this.#embedding?.tick(performance.now())
    const createdAtMs = this.nearcade.session?.createdAtMs
    if (createdAtMs !== undefined) this.#chrome.tick(Date.now() - createdAtMs)
  }
}
