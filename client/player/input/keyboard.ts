import { evdevByCode } from '../../../config/protocol/keyCodes.ts'
import type { InputSender } from './sender.ts'

export interface KeyboardOptions {
  readonly sender: InputSender
  /** False while a dialog, a menu or a panel has the keyboard. */
  hasKeyboard(): boolean
  /** Handles our own combinations; true when it was one, which the game then does not see. */
  onShortcut(event: KeyboardEvent): boolean
}

/** DOM time stamps are on `performance.now()`'s clock, but some synthetic events carry none. */
export function stampOf(event: Event): number {
  const nowMs = performance.now()
  return event.timeStamp > 0 && event.timeStamp <= nowMs && nowMs - event.timeStamp < 1000
    ? event.timeStamp
    : nowMs
}

/**
 * Physical keys to the game, sent inside the handler. Returns what takes the listeners off again.
 * Repeats are the game's own business, so the browser's are dropped.
 */
export function listenToKeyboard({ sender, hasKeyboard, onShortcut }: KeyboardOptions): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const down = event.type === 'keydown'
    if (down && !event.repeat && onShortcut(event)) {
      sender.releaseAll(stampOf(event))
      event.preventDefault()
      event.stopPropagation()
      return
    }
    const evdev = evdevByCode[event.code]
    if (evdev === undefined || (down && !hasKeyboard())) return
    if (down && leftToBrowser(event)) return
    if (!event.repeat) sender.key(evdev, down, stampOf(event))
    if (hasKeyboard()) event.preventDefault()
    // macOS tells of no key that is let go while Meta is down.
    if (!down && (event.code === 'MetaLeft' || event.code === 'MetaRight')) sender.releaseAll(stampOf(event))
  }
  const release = (): void => sender.releaseAll(performance.now())
  const onVisibility = (): void => {
    if (document.visibilityState === 'hidden') release()
  }
  window.addEventListener('keydown', onKey, { capture: true })
  window.addEventListener('keyup', onKey, { capture: true })
  window.addEventListener('blur', release)
  document.addEventListener('visibilitychange', onVisibility)
  return () => {
    window.removeEventListener('keydown', onKey, { capture: true })
    window.removeEventListener('keyup', onKey, { capture: true })
    window.removeEventListener('blur', release)
    document.removeEventListener('visibilitychange', onVisibility)
    release()
  }
}

/** F12 and the browser's own paste (which arrives as a paste event) stay the browser's. */
const leftToBrowser = (event: KeyboardEvent): boolean =>
  event.code === 'F12' || (event.code === 'KeyV' && event.shiftKey && (event.ctrlKey || event.metaKey))
