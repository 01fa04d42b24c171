import { type ErrorCode, wireError } from '../../config/errors.ts'
import { gameMessageRate, maxGameMessageBytes, utf8Bytes } from '../../config/protocol/gameMessages.ts'
import { createBucket } from '../../config/rate.ts'
import type { ToFrame } from '../../config/protocol/embedFrame.ts'
import type { Facts, Phase } from '../player/phase.ts'
import type { Quality } from '../player/quality.ts'
import type { StreamStats } from '../player/stats.ts'
import { need } from '../ui/dom.ts'
import type { Host } from './frame.ts'
import { embedStats, qualityNamed, stateOf } from './telling.ts'

/** What the page around may do to the player. */
export interface EmbedActions {
  start(): void
  stop(): void
  focus(): void
  readonly sound: {
    readonly state: { readonly muted: boolean; readonly volume: number }
    setMuted(muted: boolean): void
    setVolume(volume: number): void
  }
  setQuality(quality: Quality): void
  stats(): StreamStats | null
  /** To the game, as JSON. @returns false: there is no connection */
  message(text: string): boolean
}

const statsEveryMs = 1_000

/** A play page in a frame: does what the page around wants, and tells it what happens. */
export class Embedding {
  readonly #host: Host
  readonly #actions: EmbedActions
  readonly #root = need('[data-role=play]', HTMLElement)
  #isPlaying = false
  #statsAtMs = 0
  #told = ''
  readonly #rate = createBucket(gameMessageRate.burst, gameMessageRate.perSecond)

  constructor(host: Host, stage: HTMLVideoElement, actions: EmbedActions) {
    this.#host = host
    this.#actions = actions
    stage.addEventListener('volumechange', () => this.#tellSound())
    this.#look(host.hello)
    host.listen((message) => this.#do(message))
  }

  onPhase(phase: Phase, { session }: Facts): void {
    this.#isPlaying = phase.kind === 'playing'
    this.#tellOnce(stateOf(phase, session?.siteName ?? null))
    if (phase.kind === 'failed') this.#host.tell({ kind: 'error', error: phase.error })
  }

  tick(nowMs: number): void {
    const stats = this.#isPlaying && nowMs - this.#statsAtMs >= statsEveryMs ? this.#actions.stats() : null
    if (stats === null) return
    this.#statsAtMs = nowMs
    this.#host.tell({ kind: 'stats', stats: embedStats(stats) })
  }

  #do(message: ToFrame): void {
    switch (message.kind) {
      case 'start':
        return this.#actions.start()
      case 'stop':
        return this.#actions.stop()
      case 'focus':
        return this.#actions.focus()
      case 'looks':
        return this.#look(message)
      case 'message':
        return this.#send(message.text)
    }
  }

  /** More than a game takes does not leave the page: the node would count it against what the player needs. */
  #send(text: string): void {
    if (!this.#isPlaying) this.#refuse('game-not-playing')
    else if (utf8Bytes(text) > maxGameMessageBytes) this.#refuse('message-too-large')
    else if (!this.#rate.take(performance.now())) this.#refuse('game-messages-too-many')
    else if (!this.#actions.message(text)) this.#refuse('game-not-playing')
  }

  #refuse(code: ErrorCode): void {
    this.#host.tell({ kind: 'message-refused', error: wireError(code) })
  }

  #look({ controls, muted, volume, quality }: Omit<Extract<ToFrame, { kind: 'looks' }>, 'kind'>): void {
    const { sound } = this.#actions
    this.#root.dataset['controls'] = controls ? 'on' : 'off'
    if (volume !== null && volume !== sound.state.volume) sound.setVolume(volume)
    if (muted !== null && muted !== sound.state.muted) sound.setMuted(muted)
    if (quality !== null) this.#actions.setQuality(qualityNamed(quality))
  }

  #tellSound(): void {
    this.#host.tell({ kind: 'sound', ...this.#actions.sound.state })
  }

  /** Facts change more often than what they amount to. */
  #tellOnce(state: ReturnType<typeof stateOf>): void {
    const text = JSON.stringify(state)
    if (text === this.#told) return
    this.#told = text
    this.#host.tell(state)
  }
}
