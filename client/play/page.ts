import { wireError } from '../../config/errors.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import type { Condition } from '../player/condition.ts'
import { exposed, type Nearcade } from '../player/exposed.ts'
import { type Facts, type Phase, type ProgressStep, retryNeedsNewSession } from '../player/phase.ts'
import { Player } from '../player/player.ts'
import { Probes } from '../player/probe/probes.ts'
import { api, errorOf } from '../ui/api.ts'
import { ask } from '../ui/dialog.ts'
import { need, replace } from '../ui/dom.ts'
import { Chrome } from './chrome.ts'
import { onFirstPress } from './firstPress.ts'
import { IdleDialog } from './idleDialog.ts'
import { LostPanel } from './lostPanel.ts'
import { endMessage, failedMessage, takenMessage } from './messages.ts'
import { errorMessage, type MessagePanel, messagePanel, posterPanel, toLibrary } from './panels.ts'
import { Pills } from './pills.ts'
import { PointerLock } from './pointerLock.ts'
import { ProgressPanel } from './progressPanel.ts'
import { createRequest } from './request.ts'
import { Still } from './still.ts'

const tickEveryMs = 250

/** Not in every browser; its `change` comes when the kind of network changes, and when its estimated speed does. */
const networkInformation = (): EventTarget | undefined =>
  (navigator as Navigator & { connection?: EventTarget }).connection

/** One play page for one title: which panel stands over the picture, and what the page's own controls do. */
export class PlayPage {
  readonly nearcade: Nearcade
  readonly #title: TitleCard
  readonly #root = need('[data-role=play]', HTMLElement)
  readonly #stage = need('[data-role=stage]', HTMLVideoElement)
  readonly #panel = need('[data-role=panel]', HTMLElement)
  readonly #pills = new Pills(need('[data-role=pills]', HTMLElement))
  readonly #player: Player
  readonly #chrome: Chrome
  readonly #still = new Still(this.#stage)
  readonly #lock: PointerLock
  readonly #idle: IdleDialog
  readonly #probes: Probes
  #phase: Phase = { kind: 'idle' }
  #progress: ProgressPanel | null = null
  #lost: LostPanel | null = null
  #begun = false
  #greeted = false

  constructor(title: TitleCard) {
    this.#title = title
    document.title = `${title.name} – Nearcade`
    this.#stage.setAttribute('aria-label', `${title.name}, the game's picture`)
    this.#stage.poster = title.coverUrl
    this.#player = new Player({
      stage: this.#stage,
      title,
      socketUrl: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/player`,
      requests: { create: api.createSession, read: api.session, end: api.endSession, ice: api.ice, errorOf },
      events: {
        onPhase: (phase, facts) => this.#onPhase(phase, facts),
        onRouter: (state) => this.#onRouter(state),
        onSilent: (silent) => this.#onSilent(silent),
        onIdleWarning: (endsAtMs) => this.#idle.show(endsAtMs),
        onStream: () => undefined,
        onCondition: (condition) => this.#onCondition(condition),
        onNodeError: ({ what, next }) =>
          this.#pills.show('node', { icon: 'alert', text: `${what} ${next}`, forMs: 8000 }),
        onPads: (count) => this.#onPads(count),
        onWantPointerLock: () => void this.#lock.lock(),
        onShortcut: (event) => this.#chrome.onShortcut(event),
        hasKeyboard: () => this.#gameHasKeyboard(),
      },
    })
    this.nearcade = exposed(this.#player)
    this.#probes = new Probes(api.probeTargets, () => this.#player.connection.rttMs)
    this.#probes.start()
    this.#idle = new IdleDialog(() => this.#player.stillHere())
    this.#lock = new PointerLock(
      this.#stage,
      this.#player.sender,
      this.#pills,
      title.input.pointer === 'relative',
    )
    this.#chrome = new Chrome(title, this.#player, this.#pills, () => void this.#end())
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
      this.#showProgress('placing', null)
      // Its seat may be the one that the new game gets.
      await api.endSession(existing.id).catch(() => undefined)
      await this.start()
    }
    this.#setPhaseName('idle')
    const poster = posterPanel(this.#title, existing, () => void startNew())
    replace(this.#panel, poster)
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
    this.#showProgress('placing', null)
    const request = createRequest(this.#title, this.#chrome.quality, await this.#probes.ready())
    if (request === null) this.#showMessage('failed', errorMessage(wireError('no-codec'), [toLibrary]))
    else await this.#player.session.start(request)
  }

  async resume(sessionId: string): Promise<void> {
    if (this.#begun) return
    this.#begun = true
    this.#showProgress('connecting', null)
    await this.#player.session.resume(sessionId)
  }

  #restart(): void {
    this.#player.session.abandon()
    this.#begun = false
    this.#progress = null
    void this.start()
  }

  #onPhase(phase: Phase, facts: Facts): void {
    const before = this.#phase
    this.#phase = phase
    if (phase.kind === 'progress') this.#showProgress(phase.step, facts.session?.siteName ?? null)
    else this.#progress = null
    if (phase.kind !== 'reconnecting') this.#lost = null
    const live = phase.kind === 'playing'
    if (before.kind === 'playing' && (phase.kind === 'reconnecting' || phase.kind === 'taken'))
      this.#still.keep()
    this.#lock.setLive(live)
    if (!live) this.#player.sender.releaseAll(performance.now())
    switch (phase.kind) {
      case 'playing':
        if (before.kind !== 'playing') this.#onPlaying()
        break
      case 'reconnecting':
        this.#showLost(phase.graceEndsAtMs, facts.session?.graceMs ?? 90_000)
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
          endMessage(phase.end, () => this.#restart()),
        )
        break
      case 'idle':
      case 'progress':
        break
      default:
        phase satisfies never
    }
  }

  /** A session that still lives only needs a new connection. */
  #tryAgain(facts: Facts): void {
    if (facts.session === null || facts.error?.code !== 'connect-failed') this.#restart()
    else this.#player.session.reconnect()
  }

  #onPlaying(): void {
    this.#setPhaseName('playing')
    replace(this.#panel)
    this.#still.drop()
    this.#chrome.focusStage()
    if (!this.#greeted) this.#chrome.greet()
    this.#greeted = true
  }

  #showProgress(step: ProgressStep, siteName: string | null): void {
    const nowMs = performance.now()
    if (this.#progress === null) {
      this.#progress = new ProgressPanel(this.#title, nowMs, (late) => this.#retryStep(late))
      this.#setPhaseName('progress')
      replace(this.#panel, this.#progress.element)
    }
    this.#progress.show(step, siteName, nowMs)
  }

  #retryStep(step: ProgressStep): void {
    if (retryNeedsNewSession(step)) this.#restart()
    else {
      this.#progress = null
      this.#player.session.reconnect()
    }
  }

  #showLost(graceEndsAtMs: number | null, graceMs: number): void {
    if (this.#lost === null) {
      this.#lost = new LostPanel(graceMs, performance.now(), {
        onRetry: () => this.#player.session.reconnect(),
        onEnd: () => void this.#end(),
      })
      this.#setPhaseName('reconnecting')
      replace(this.#panel, this.#lost.element)
    }
    this.#lost.update(graceEndsAtMs, this.#player.connection.isOpen)
  }

  #showMessage(name: string, message: MessagePanel): void {
    this.#setPhaseName(name)
    this.#pills.hideAll()
    if (document.pointerLockElement !== null) document.exitPointerLock()
    replace(this.#panel, messagePanel(this.#title, message))
    this.#panel.querySelector<HTMLElement>('.message-actions .button')?.focus()
  }

  #setPhaseName(name: string): void {
    this.#root.dataset['phase'] = name
    this.#panel.hidden = name === 'playing'
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

  #gameHasKeyboard(): boolean {
    return this.#phase.kind === 'playing' && !this.#chrome.hasKeyboard
  }

  async #end(): Promise<void> {
    const sure = await ask({
      title: 'End this session?',
      text: 'What the game has not saved is lost. To come back later, close the tab instead: the game waits for you, paused.',
      yes: 'End session',
      no: 'Keep playing',
      danger: true,
    })
    if (sure) await this.#player.session.end()
    else this.#chrome.focusStage()
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
    this.#progress?.tick(performance.now())
    this.#lost?.tick(performance.now())
    const createdAtMs = this.nearcade.session?.createdAtMs
    if (createdAtMs !== undefined) this.#chrome.tick(Date.now() - createdAtMs)
  }
}
