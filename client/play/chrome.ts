import type { TitleCard } from '../../config/protocol/title.ts'
import { Overlay } from '../overlay/overlay.ts'
import { enterFullscreen, leaveFullscreen } from '../player/input/lock.ts'
import { hasVirtualPad, virtualPad } from '../player/input/virtualPad.ts'
import type { Player } from '../player/player.ts'
import { type Quality, streamFor } from '../player/quality.ts'
import { need } from '../ui/dom.ts'
import { bitrateText } from '../ui/format.ts'
import { loadSettings, type Settings, saveSettings } from '../ui/settings.ts'
import { Bar } from './bar.ts'
import { textToPaste } from './pasteDialog.ts'
import type { Pills } from './pills.ts'
import { qualityMenu } from './qualityMenu.ts'
import { share } from './share.ts'
import { shortcutOf } from './shortcuts.ts'
import { Sound } from './sound.ts'

export interface ChromeActions {
  onEnd(): void
  onWhy(): void
  /** The keyboard goes to the page around this frame; null: there is none. */
  readonly onLeave: (() => void) | null
}

/** What stands around the picture while one plays: bar, overlay, sound, quality, fullscreen, paste, and what is remembered of them. */
export class Chrome {
  readonly sound: Sound
  readonly #title: TitleCard
  readonly #player: Player
  readonly #pills: Pills
  readonly #root = need('[data-role=play]', HTMLElement)
  readonly #stage = need('[data-role=stage]', HTMLVideoElement)
  readonly #bar: Bar
  readonly #overlay: Overlay
  readonly #onLeave: (() => void) | null
  #settings: Settings = loadSettings()

  constructor(title: TitleCard, player: Player, pills: Pills, { onEnd, onWhy, onLeave }: ChromeActions) {
    this.#onLeave = onLeave
    this.#title = title
    this.#player = player
    this.#pills = pills
    this.sound = new Sound(this.#stage, pills, this.#settings, (state) => this.#remember(state))
    this.#overlay = new Overlay(player)
    this.#bar = new Bar(title, {
      onMute: () => this.sound.setMuted(!this.sound.state.muted),
      onVolume: (volume) => this.sound.setVolume(volume),
      onFullscreen: () => void this.#toggleFullscreen(),
      onOverlay: () => this.#toggleOverlay(),
      onPaste: () => void this.#paste(),
      onShare: () => void this.#share(),
      onWhy,
      onEnd,
      onLeave: () => this.focusStage(),
      menu: () =>
        qualityMenu(
          title,
          () => this.#settings.quality,
          (quality) => this.setQuality(quality),
        ),
    })
    need('[data-role=overlay-layer]', HTMLElement).append(this.#overlay.element)
    need('[data-role=bar-layer]', HTMLElement).append(this.#bar.element)
    if (hasVirtualPad(title.input))
      need('[data-role=pad-layer]', HTMLElement).append(
        virtualPad(title.input, player.sender, new AbortController().signal),
      )
    this.#listen()
    this.#overlay.toggle(this.#settings.overlay)
    this.#updateBar()
  }

  get quality(): Quality {
    return this.#settings.quality
  }

  /** The bar or a dialog has the keyboard. */
  get hasKeyboard(): boolean {
    return this.#bar.hasFocus || document.querySelector('dialog[open]') !== null
  }

  /** Shows that there is a bar, once. */
  greet(): void {
    this.#bar.open(false)
    if (matchMedia('(any-pointer: fine)').matches)
      this.#pills.show('hint', {
        icon: 'info',
        text:
          this.#onLeave === null
            ? 'Controls: move to the upper edge, or Ctrl+Alt+Shift+M'
            : 'Controls: Ctrl+Alt+Shift+M. Back to the page: Ctrl+Alt+Shift+X',
        forMs: 6_000,
      })
  }

  /** The session is somebody else's: it can be left, not ended. */
  leaves(): void {
    this.#bar.leaves()
  }

  focusStage(): void {
    this.#stage.focus({ preventScroll: true })
  }

  /** Our own key combinations; true when it was one. */
  onShortcut(event: KeyboardEvent): boolean {
    const shortcut = shortcutOf(event)
    if (shortcut === null) return false
    if (shortcut === 'leave') {
      this.#onLeave?.()
      return this.#onLeave !== null
    }
    if (shortcut === 'overlay') this.#toggleOverlay()
    if (shortcut === 'bar') this.#bar.reach()
    if (shortcut === 'fullscreen') void this.#toggleFullscreen()
    return true
  }

  tick(sessionMs: number): void {
    if (!this.#bar.isOpen) return
    this.#bar.showTime(sessionMs)
    this.#bar.showStream(streamText(this.#player))
  }

  #toggleOverlay(): void {
    this.#overlay.toggle()
    this.#remember({ overlay: this.#overlay.isOpen })
  }

  async #toggleFullscreen(): Promise<void> {
    try {
      if (document.fullscreenElement === null) await enterFullscreen(this.#root)
      else await leaveFullscreen()
    } catch {
      this.#pills.show('fullscreen', {
        icon: 'alert',
        text: 'The browser did not allow fullscreen.',
        forMs: 4000,
      })
    }
  }

  async #share(): Promise<void> {
    const said = await share(this.#title, location.origin, navigator)
    this.focusStage()
    if (said !== null) this.#pills.show('share', { icon: 'share', text: said, forMs: 4000 })
  }

  async #paste(): Promise<void> {
    const text = await textToPaste()
    this.focusStage()
    if (text === null) return
    this.paste(text)
  }

  paste(text: string): void {
    const sent = this.#player.paste(text)
    const outcome =
      sent === 0
        ? 'Not connected: nothing was sent'
        : sent < text.length
          ? `Only the first ${sent.toLocaleString('en')} characters were sent to the game`
          : 'Text sent to the game'
    this.#pills.show('paste', { icon: 'paste', text: outcome, forMs: sent < text.length ? 6000 : 2500 })
  }

  setQuality(quality: Quality): void {
    this.#remember({ quality })
    this.#player.setQuality(streamFor(this.#title.display, quality))
  }

  #remember(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change }
    saveSettings(this.#settings)
    this.#updateBar()
  }

  #updateBar(): void {
    this.#bar.update({
      ...this.sound.state,
      fullscreen: document.fullscreenElement !== null,
      overlay: this.#overlay.isOpen,
    })
  }

  #listen(): void {
    this.#root.dataset['touch'] = String(matchMedia('(hover: none) and (pointer: coarse)').matches)
    window.addEventListener('pointerdown', (event) => {
      if (event.pointerType === 'touch') this.#root.dataset['touch'] = 'true'
    })
    this.#stage.addEventListener('pointerdown', () => this.focusStage())
    this.#stage.addEventListener('volumechange', () => this.#updateBar())
    document.addEventListener('fullscreenchange', () => this.#updateBar())
  }
}

/** `720p · 60 fps · 6.1 Mbit/s`, and nothing before the first picture. */
function streamText({ measures: { stats } }: Player): string {
  if (stats === null || stats.heightPx === 0) return ''
  return `${stats.heightPx}p · ${stats.fps.toFixed(0)} fps · ${bitrateText(stats.bitrateBps)}`
}
