import { evdevByCode } from '../../config/protocol/keyCodes.ts'
import { lockPointer } from '../player/input/lock.ts'
import type { InputSender } from '../player/input/sender.ts'
import type { Pills } from './pills.ts'

/** An Escape that the page was told of this recently is not sent a second time, ms. */
const toldWithinMs = 150

/**
 * The pointer of titles that grab it. The browser takes Escape for itself to give the pointer back; the player meant the game's
 * menu, so the game gets an Escape of its own.
 */
export class PointerLock {
  readonly #stage: HTMLElement
  readonly #sender: InputSender
  readonly #pills: Pills
  readonly #wanted: boolean
  #live = false
  #escapeAtMs = Number.NEGATIVE_INFINITY

  constructor(stage: HTMLElement, sender: InputSender, pills: Pills, wanted: boolean) {
    this.#stage = stage
    this.#sender = sender
    this.#pills = pills
    this.#wanted = wanted && matchMedia('(any-pointer: fine)').matches
    document.addEventListener('pointerlockchange', () => this.#onChange())
    window.addEventListener(
      'keydown',
      (event) => {
        if (event.code === 'Escape') this.#escapeAtMs = performance.now()
      },
      { capture: true },
    )
  }

  setLive(live: boolean): void {
    if (this.#live === live) return
    this.#live = live
    if (!live && document.pointerLockElement === this.#stage) document.exitPointerLock()
    this.#hint()
  }

  async lock(): Promise<void> {
    if (!this.#wanted) return
    const locked = await lockPointer(this.#stage)
    if (!locked)
      this.#pills.show('pointer', {
        icon: 'pointer',
        text: 'The browser did not give the mouse. Click the picture again.',
      })
  }

  #onChange(): void {
    const locked = document.pointerLockElement === this.#stage
    const nowMs = performance.now()
    if (!locked && this.#live && document.hasFocus() && nowMs - this.#escapeAtMs > toldWithinMs) {
      const escape = evdevByCode['Escape'] ?? 1
      this.#sender.releaseAll(nowMs)
      this.#sender.key(escape, true, nowMs)
      this.#sender.key(escape, false, nowMs)
    }
    if (locked)
      this.#pills.show('pointer', { icon: 'pointer', text: 'Press Esc to get the mouse back', forMs: 2500 })
    else this.#hint()
  }

  #hint(): void {
    if (this.#live && this.#wanted && document.pointerLockElement !== this.#stage)
      this.#pills.show('pointer', { icon: 'pointer', text: 'Click the picture to aim with the mouse' })
    else this.#pills.hide('pointer')
  }
}
