import { embedErrors } from '../../config/embedErrors.ts'
import type { EmbedDetails, EmbedFault, EmbedPhase } from '../../config/protocol/embedEvents.ts'
import type { EmbedHello, FromFrame, QualityName, ToFrame } from '../../config/protocol/embedFrame.ts'

/** Signed by the page's own backend for its user; asked for anew with every visit. */
export type LaunchToken = string | (() => string | Promise<string>)

type Looks = Omit<Extract<ToFrame, { kind: 'looks' }>, 'kind'>

/** For a frame that was loaded and says nothing. */
const patienceMs = 10_000
const allow = 'autoplay; fullscreen; gamepad; clipboard-read; clipboard-write; keyboard-lock'
const qualities: readonly string[] = ['best', '720', '540', '360', 'saver'] satisfies QualityName[]

const sheet = new CSSStyleSheet()
sheet.replaceSync(`
:host { display: block; position: relative; aspect-ratio: 16 / 9; background: #000 }
:host([hidden]) { display: none }
iframe { display: block; width: 100%; height: 100%; border: 0 }
button { position: absolute; left: 8px; bottom: 8px; padding: 10px 16px; font: 16px/1.2 system-ui, sans-serif;
  color: #fff; background: #16181d; border: 2px solid #fff; border-radius: 8px }
button:not(:focus) { opacity: 0; pointer-events: none }
`)

/**
 * `<nearcade-player game="title-id">`: a game in any page. It shows its poster and waits for a press; `start()` plays without one.
 *
 * Attributes: `game`; `network` (address of the network; by default where this script came from); `controls` (`off`: without the
 * player's own bar); `muted` and `volume` (0 to 1); `quality` (best, 720, 540, 360, saver); `autostart`; `launch-token`.
 * Its size is the page's CSS to say.
 *
 * Events: NearcadePlayerEvents; what they tell is in `detail`.
 */
export class NearcadePlayer extends HTMLElement {
  static readonly observedAttributes = ['network', 'game', 'controls', 'muted', 'volume', 'quality']

  /** Instead of the attribute `launch-token`. */
  launchToken: LaunchToken | null = null
  readonly #root = this.attachShadow({ mode: 'open' })
  readonly #way = document.createElement('button')
  #frame: HTMLIFrameElement | null = null
  #port: MessagePort | null = null
  #ready = false
  #wantsStart = false
  #phase: EmbedPhase = 'idle'
  #sound = { muted: false, volume: 1 }
  #patience: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.#root.adoptedStyleSheets = [sheet]
    // The keyboard lands here when it leaves the game: Tab goes on into the page, Enter goes back.
    this.#way.type = 'button'
    this.#way.textContent = 'Back to the game'
    this.#way.addEventListener('click', () => this.focus())
  }

  get phase(): EmbedPhase {
    return this.#phase
  }

  /** 0 to 1. */
  get volume(): number {
    return this.#sound.volume
  }
  set volume(volume: number) {
    this.setAttribute('volume', String(Math.min(1, Math.max(0, volume))))
  }

  get muted(): boolean {
    return this.#sound.muted
  }
  set muted(muted: boolean) {
    this.setAttribute('muted', muted ? '' : 'off')
  }

  /** Plays, or plays again after an end or a fault. */
  start(): void {
    this.#wantsStart = true
    this.#frame?.focus()
    if (this.#ready) this.#send({ kind: 'start' })
    else if (this.#frame === null || this.#phase === 'failed') this.#open()
  }

  /** Ends the session. */
  stop(): void {
    this.#wantsStart = false
    this.#send({ kind: 'stop' })
  }

  /**
   * To the game, where its manifest has `messages`: any JSON value up to 16 KiB, 20 a second. One that does not get there comes back as
   * a `messageerror`.
   * @throws TypeError for what is no JSON value
   */
  send(message: unknown): void {
    const text = JSON.stringify(message) as string | undefined
    if (text === undefined) throw new TypeError('A message must be a JSON value')
    if (this.#ready) this.#send({ kind: 'message', text })
    else this.#tell('messageerror', faultOf('game-not-playing'))
  }

  /** Only right after a click or key, as browsers want it. @throws what the browser says where it does not allow that */
  fullscreen(): Promise<void> {
    return this.requestFullscreen()
  }

  /** Gives the keyboard to the game. Ctrl+Alt+Shift+X in the game gives it back. */
  override focus(): void {
    this.#frame?.focus()
    this.#send({ kind: 'focus' })
  }

  override addEventListener<K extends keyof NearcadePlayerEvents>(
    type: K,
    listener: (this: NearcadePlayer, event: NearcadePlayerEvents[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  override addEventListener<K extends Exclude<keyof HTMLElementEventMap, keyof NearcadePlayerEvents>>(
    type: K,
    listener: (this: NearcadePlayer, event: HTMLElementEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
  override addEventListener(...listening: Parameters<HTMLElement['addEventListener']>): void {
    super.addEventListener(...listening)
  }

  connectedCallback(): void {
    if (this.hasAttribute('autostart')) this.#wantsStart = true
    this.#open()
  }

  disconnectedCallback(): void {
    this.#close()
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.isConnected) return
    if (name === 'network' || name === 'game') this.#open()
    else this.#send({ kind: 'looks', ...this.#looks() })
  }

  /** Where the network is. @throws TypeError for an address that is none */
  get #origin(): string {
    return new URL(this.getAttribute('network') ?? import.meta.url).origin
  }

  #looks(): Looks {
    const muted = this.getAttribute('muted')
    const volume = Number(this.getAttribute('volume') ?? Number.NaN)
    const quality = this.getAttribute('quality')
    return {
      controls: this.getAttribute('controls') !== 'off',
      muted: muted === null ? null : muted !== 'off',
      volume: volume >= 0 && volume <= 1 ? volume : null,
      quality: quality !== null && qualities.includes(quality) ? (quality as QualityName) : null,
    }
  }

  #open(): void {
    this.#close()
    const game = this.getAttribute('game')
    if (game === null || !this.isConnected) return
    const frame = document.createElement('iframe')
    frame.allow = allow
    frame.title = 'Game'
    frame.src = `${this.#origin}/embed/${encodeURIComponent(game)}`
    // A frame that reloads itself begins anew.
    frame.addEventListener('load', () => void this.#greet(frame))
    this.#frame = frame
    this.#root.replaceChildren(frame, this.#way)
  }

  #close(): void {
    clearTimeout(this.#patience)
    this.#port?.close()
    this.#port = null
    this.#ready = false
    this.#frame = null
    this.#root.replaceChildren()
    this.#set({ kind: 'state', phase: 'idle', words: '', siteName: null })
  }

  async #greet(frame: HTMLIFrameElement): Promise<void> {
    clearTimeout(this.#patience)
    this.#port?.close()
    this.#ready = false
    let launchToken: string | null
    try {
      const given = this.launchToken ?? this.getAttribute('launch-token')
      launchToken = typeof given === 'function' ? await given() : given
    } catch (cause) {
      console.error(cause)
      return this.#refuse('launch-token-missing')
    }
    if (this.#frame !== frame) return
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.addEventListener('message', ({ data }) => this.#hear(data as FromFrame))
    port1.start()
    const hello: EmbedHello = { kind: 'nearcade-embed', version: 1, launchToken, ...this.#looks() }
    // Only the network's own page gets it: a frame that the browser refused has another origin.
    frame.contentWindow?.postMessage(hello, this.#origin, [port2])
    this.#patience = setTimeout(() => this.#refuse('embed-refused'), patienceMs)
  }

  #send(message: ToFrame): void {
    if (this.#ready) this.#port?.postMessage(message)
  }

  #hear(message: FromFrame): void {
    clearTimeout(this.#patience)
    switch (message.kind) {
      case 'ready':
        this.#ready = true
        if (this.#frame !== null) this.#frame.title = message.titleName
        if (this.#wantsStart) this.#send({ kind: 'start' })
        break
      case 'state':
        this.#set(message)
        break
      case 'error':
        this.#fail(message.error)
        break
      case 'sound':
        this.#sound = { muted: message.muted, volume: message.volume }
        this.#tell('volumechange', this.#sound)
        break
      case 'stats':
        this.#tell('stats', message.stats)
        break
      case 'message':
        this.#tell('message', JSON.parse(message.text))
        break
      case 'message-refused':
        this.#tell('messageerror', message.error)
        break
      case 'leave':
        this.#way.focus()
        break
    }
  }

  #set({ phase, words, siteName }: Extract<FromFrame, { kind: 'state' }>): void {
    const isNew = phase !== this.#phase || words !== ''
    this.#phase = phase
    if (phase === 'ended' || phase === 'failed') this.#wantsStart = false
    if (isNew) this.#tell('statechange', { phase, words, siteName })
  }

  #refuse(code: keyof typeof embedErrors): void {
    this.#fail(faultOf(code))
  }

  #fail(error: EmbedFault): void {
    clearTimeout(this.#patience)
    this.#set({ kind: 'state', phase: 'failed', words: error.what, siteName: null })
    this.#tell('error', error)
  }

  #tell<K extends keyof EmbedDetails>(name: K, detail: EmbedDetails[K]): void {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}

/** Beside those of every element. */
export type NearcadePlayerEvents = { [K in keyof EmbedDetails]: CustomEvent<EmbedDetails[K]> }

declare global {
  interface HTMLElementTagNameMap {
    'nearcade-player': NearcadePlayer
  }
}

function faultOf(code: keyof typeof embedErrors): EmbedFault {
  const { what, next } = embedErrors[code]
  return { code, what, next }
}

if (customElements.get('nearcade-player') === undefined)
  customElements.define('nearcade-player', NearcadePlayer)
