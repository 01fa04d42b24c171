import type { TitleCard } from '../../config/protocol/title.ts'
import { h, replace, setText } from '../ui/dom.ts'
import { elapsedText } from '../ui/format.ts'
import { type IconName, icon } from '../ui/icons.ts'

export interface BarActions {
  onMute(): void
  onVolume(volume: number): void
  onFullscreen(): void
  onOverlay(): void
  onPaste(): void
  onShare(): void
  /** Why this node. */
  onWhy(): void
  onEnd(): void
  /** The page's own focus goes back to the game. */
  onLeave(): void
  menu(): HTMLElement
}

export interface BarState {
  readonly muted: boolean
  readonly volume: number
  readonly fullscreen: boolean
  readonly overlay: boolean
}

const hideAfterMs = 3_500
/** The bar comes when the pointer is this near to the upper edge, px. */
const callZonePx = 10

/** Controls at the upper edge: there for the pointer at the edge, the handle and Ctrl+Alt+Shift+M; away while one plays. */
export class Bar {
  readonly element: HTMLElement
  readonly #actions: BarActions
  readonly #handle: HTMLButtonElement
  readonly #bar: HTMLElement
  readonly #time = h('span', { class: 'figure bar-time', title: 'Time in this session' }, '0:00')
  readonly #stream = h('span', { class: 'figure bar-stream', title: 'What the network carries now' })
  readonly #mute: HTMLButtonElement
  readonly #volume: HTMLInputElement
  readonly #fullscreen: HTMLButtonElement
  readonly #overlay: HTMLButtonElement
  readonly #quality: HTMLButtonElement
  readonly #end: HTMLButtonElement
  readonly #menuBox = h('div', { class: 'menu-box', hidden: true })
  #hideTimer: ReturnType<typeof setTimeout> | undefined

  constructor(title: TitleCard, actions: BarActions) {
    this.#actions = actions
    this.#mute = button('sound', 'Mute', actions.onMute)
    this.#volume = h('input', {
      type: 'range',
      min: 0,
      max: 100,
      'aria-label': 'Volume',
      class: 'bar-volume',
      on: {
        input: () => actions.onVolume(Number(this.#volume.value) / 100),
        change: () => this.#returnFocus(),
      },
    })
    this.#fullscreen = button('fullscreen', 'Fullscreen', actions.onFullscreen)
    this.#overlay = button('stats', 'Measurements', actions.onOverlay)
    this.#quality = button('quality', 'Quality', () => this.#toggleMenu())
    this.#quality.setAttribute('aria-expanded', 'false')
    this.#end = button('end', 'End session', actions.onEnd, 'button-bad')
    this.#bar = h(
      'div',
      { class: 'bar', role: 'toolbar', 'aria-label': 'Player controls' },
      h('span', { class: 'bar-title' }, title.name),
      this.#time,
      this.#stream,
      h('span', { class: 'bar-space' }),
      h('span', { class: 'bar-sound' }, this.#mute, this.#volume),
      this.#quality,
      this.#overlay,
      button('paste', 'Paste text into the game', actions.onPaste),
      button('share', 'Share this game', actions.onShare, 'button-quiet bar-share'),
      button('info', 'Why this node?', actions.onWhy),
      document.fullscreenEnabled ? this.#fullscreen : null,
      this.#end,
    )
    this.#handle = h(
      'button',
      {
        class: 'bar-handle',
        type: 'button',
        'aria-label': 'Player controls (Ctrl+Alt+Shift+M)',
        'aria-expanded': 'false',
        on: { click: () => this.toggle() },
      },
      h('span'),
    )
    this.element = h(
      'div',
      { class: 'bar-root', 'data-role': 'bar', 'data-open': 'false' },
      this.#handle,
      this.#bar,
      this.#menuBox,
    )
    this.#listen()
    this.#setOpen(false)
  }

  get isOpen(): boolean {
    return this.element.dataset['open'] === 'true'
  }

  /** With the keyboard in it, the game sees no keys. */
  get hasFocus(): boolean {
    return this.element.contains(document.activeElement)
  }

  toggle(): void {
    if (this.isOpen) this.close()
    else this.open(true)
  }

  /** The keyboard's way in, and out again. */
  reach(): void {
    if (this.hasFocus) this.close()
    else this.open(true)
  }

  open(focus: boolean): void {
    this.#setOpen(true)
    if (focus) this.#mute.focus()
    this.#hideSoon()
  }

  close(): void {
    clearTimeout(this.#hideTimer)
    this.#hideMenu()
    this.#setOpen(false)
    this.#returnFocus()
  }

  update({ muted, volume, fullscreen, overlay }: BarState): void {
    relabel(this.#mute, muted ? 'muted' : 'sound', muted ? 'Unmute' : 'Mute')
    this.#volume.value = String(Math.round(100 * (muted ? 0 : volume)))
    relabel(
      this.#fullscreen,
      fullscreen ? 'window' : 'fullscreen',
      fullscreen ? 'Leave fullscreen' : 'Fullscreen',
    )
    this.#overlay.setAttribute('aria-pressed', String(overlay))
  }

  leaves(): void {
    relabel(this.#end, 'end', 'Leave')
  }

  showTime(ms: number): void {
    setText(this.#time, elapsedText(ms))
  }

  showStream(text: string): void {
    setText(this.#stream, text)
  }

  #listen(): void {
    // A click must not take the keyboard from the game; the keyboard's own way in is the shortcut and Tab from there.
    this.element.addEventListener('pointerdown', (event) => {
      if (event.target instanceof Element && event.target.closest('button') !== null) event.preventDefault()
    })
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      if (!this.#menuBox.hidden) {
        this.#hideMenu()
        this.#quality.focus()
      } else this.close()
    })
    this.element.addEventListener('focusout', () => this.#hideSoon())
    this.element.addEventListener('pointerleave', () => this.#hideSoon())
    this.element.addEventListener('pointerenter', () => clearTimeout(this.#hideTimer))
    window.addEventListener('pointermove', (event) => {
      if (
        event.pointerType === 'mouse' &&
        event.clientY < callZonePx &&
        !this.isOpen &&
        document.pointerLockElement === null
      )
        this.open(false)
    })
    window.addEventListener('pointerdown', (event) => {
      if (this.isOpen && event.target instanceof Node && !this.element.contains(event.target)) this.close()
    })
  }

  #toggleMenu(): void {
    if (!this.#menuBox.hidden) {
      this.#hideMenu()
      return
    }
    replace(this.#menuBox, this.#actions.menu())
    this.#menuBox.hidden = false
    this.#quality.setAttribute('aria-expanded', 'true')
    this.#menuBox.querySelector<HTMLElement>('input')?.focus()
  }

  #hideMenu(): void {
    this.#menuBox.hidden = true
    this.#menuBox.replaceChildren()
    this.#quality.setAttribute('aria-expanded', 'false')
  }

  #setOpen(open: boolean): void {
    this.element.dataset['open'] = String(open)
    this.#handle.setAttribute('aria-expanded', String(open))
    this.#bar.inert = !open
  }

  #hideSoon(): void {
    clearTimeout(this.#hideTimer)
    this.#hideTimer = setTimeout(() => {
      if (this.element.matches(':hover') || !this.#menuBox.hidden || this.hasFocus) return
      this.#setOpen(false)
    }, hideAfterMs)
  }

  #returnFocus(): void {
    this.#actions.onLeave()
  }
}

function button(
  name: IconName,
  label: string,
  onClick: () => void,
  look = 'button-quiet',
): HTMLButtonElement {
  return h(
    'button',
    {
      class: `button button-icon ${look}`,
      type: 'button',
      'aria-label': label,
      title: label,
      on: { click: () => onClick() },
    },
    icon(name),
  )
}

function relabel(element: HTMLButtonElement, name: IconName, label: string): void {
  if (element.getAttribute('aria-label') === label) return
  element.setAttribute('aria-label', label)
  element.title = label
  replace(element, icon(name))
}
