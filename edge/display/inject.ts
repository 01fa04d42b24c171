import { setTimeout as wait } from 'node:timers/promises'
import type { XTest } from 'x11'
import { evdevByCode, maxEvdevCode } from '../../config/protocol/keyCodes.ts'
import type { Display } from './display.ts'
import { connectDisplay } from './xclient.ts'
import type { XConnection } from './xclient.ts'
import { findSpareKeycodes, keyForCharacter } from './textKeys.ts'
import { wheelSteps } from './wheel.ts'

/**
 * Puts a player's input into a session's display, as XTEST events. Every call but `text` has handed its requests to the
 * kernel when it returns. `inputId` (0 = none) is announced just before the event where `announceInputs` asked for it.
 */
export interface Injector extends AsyncDisposable {
  /** `evdev`: physical key (input-event-codes.h), so that the player's layout does not matter to games. */
  key(evdev: number, down: boolean, inputId?: number): void
  /** `button` as in MouseEvent.button: 0 left, 1 middle, 2 right, 3 back, 4 forward. */
  button(button: number, down: boolean, inputId?: number): void
  /** A `KeyboardEvent.code` or `Mouse0`…`Mouse4`, as title manifests name controls; unknown names do nothing. */
  control(name: string, down: boolean, inputId?: number): void
  /** Absolute, 0..1 of the picture. */
  pointer(x: number, y: number, inputId?: number): void
  /** Relative, in pixels; fractions are kept for the next call. */
  move(dxPx: number, dyPx: number, inputId?: number): void
  /** In notches, fractions are kept for the next call; positive is right or down. */
  wheel(dx: number, dy: number, inputId?: number): void
  /**
   * Types any Unicode text, about 15 ms a character; held modifiers are up meanwhile. Settles with how many of its
   * characters were dropped: those beyond `maxWaitingCharacters`, or what `releaseAll` found waiting.
   */
  text(text: string, inputId?: number): Promise<number>
  held(): { readonly keys: readonly number[]; readonly buttons: readonly number[] }
  /** Also drops the text that waits to be typed. */
  releaseAll(): void
  /** Settles when the display has gone. */
  readonly ended: Promise<void>
}

/** Root-window property (CARDINAL, 32 bits) that carries the id of the input that follows it. */
export const announcedInputProperty = '_NEARCADE_INPUT'
const cardinal = 6
const xButtons = [1, 2, 3, 8, 9]
/** X keycodes are evdev codes plus 8 under XKB's evdev rules, which Xvfb uses. */
const keycodeOffset = 8
/** Clients need to have read the changed mapping before the key event that uses it. */
const textPaceMs = 15
/** Five minutes of typing, and more than one paste holds: who sends faster loses the rest. */
export const maxWaitingCharacters = 20_000
const modifierKeys = [
  'ShiftLeft',
  'ShiftRight',
  'ControlLeft',
  'ControlRight',
  'AltLeft',
  'AltRight',
  'MetaLeft',
  'MetaRight',
].map((code) => evdevByCode[code] ?? 0)

/** @throws where the display has no XTEST. */
export async function createInjector(
  display: Pick<Display, 'socketFile' | 'cookie' | 'number' | 'widthPx' | 'heightPx'>,
  options: { readonly announceInputs?: boolean } = {},
): Promise<Injector> {
  const x: XConnection = await connectDisplay(display)
  try {
    const xtest = await x.extension('xtest')
    const announceAtom = options.announceInputs === true ? await x.atom(announcedInputProperty) : null
    const spares = await findSpareKeycodes(x)
    // one press, one effect: what measures inputs must not see the server's own repeats
    if (announceAtom !== null) x.client.ChangeKeyboardControl({ autoRepeatMode: 0 })
    await x.client.sync()
    return injectorOn(x, display, { xtest, announceAtom, spares })
  } catch (error) {
    await x[Symbol.asyncDispose]()
    throw error
  }
}

function injectorOn(
  x: XConnection,
  display: Pick<Display, 'widthPx' | 'heightPx'>,
  { xtest, announceAtom, spares }: { xtest: XTest; announceAtom: number | null; spares: readonly number[] },
): Injector {
  const keys = new Set<number>()
  const buttons = new Set<number>()
  let moveRest = { x: 0, y: 0 }
  let wheelRest = { x: 0, y: 0 }
  let nextSpare = 0
  let typing: Promise<unknown> = Promise.resolve()
  let waiting = 0
  /** Goes up when what waits to be typed is dropped. */
  let round = 0

  const announce = (inputId: number): void => {
    if (announceAtom !== null && inputId > 0)
      x.client.ChangeProperty(0, x.screen.root, announceAtom, cardinal, 32, [inputId])
  }
  const fakeKey = (keycode: number, down: boolean): void =>
    xtest.FakeInput(down ? xtest.KeyPress : xtest.KeyRelease, keycode, 0, 0, 0, 0)
  const fakeButton = (button: number, down: boolean): void =>
    xtest.FakeInput(down ? xtest.ButtonPress : xtest.ButtonRelease, button, 0, 0, 0, 0)

  const key = (evdev: number, down: boolean, inputId = 0): void => {
    if (!Number.isInteger(evdev) || evdev < 1 || evdev > maxEvdevCode || keys.has(evdev) === down) return
    if (down) keys.add(evdev)
    else keys.delete(evdev)
    announce(inputId)
    fakeKey(evdev + keycodeOffset, down)
    x.flush()
  }
  const button = (index: number, down: boolean, inputId = 0): void => {
    const xButton = xButtons[index]
    if (xButton === undefined || buttons.has(index) === down) return
    if (down) buttons.add(index)
    else buttons.delete(index)
    announce(inputId)
    fakeButton(xButton, down)
    x.flush()
  }
  /** Gives how many characters were dropped. */
  const typeText = async (text: readonly string[], inputId: number, ownRound: number): Promise<number> => {
    if (round !== ownRound) return text.length
    const lifted = modifierKeys.filter((evdev) => keys.has(evdev))
    for (const evdev of lifted) fakeKey(evdev + keycodeOffset, false)
    announce(inputId)
    for (const [i, character] of text.entries()) {
      waiting -= 1
      const wanted = keyForCharacter(character)
      if (wanted === null) continue
      let keycode: number
      if (wanted.kind === 'key') keycode = wanted.evdev + keycodeOffset
      else {
        keycode = spares[nextSpare++ % spares.length] ?? 0
        if (keycode === 0) continue
        x.client.ChangeKeyboardMapping(keycode, 2, [wanted.keysym, wanted.keysym])
      }
      fakeKey(keycode, true)
      fakeKey(keycode, false)
      x.flush()
      await wait(textPaceMs)
      if (round !== ownRound) return text.length - i - 1
    }
    for (const evdev of lifted) if (keys.has(evdev)) fakeKey(evdev + keycodeOffset, true)
    x.flush()
    return 0
  }
  const dropText = (): void => {
    round += 1
    waiting = 0
  }
  void x.ended.then(dropText)

  return {
    key,
    button,
    control(name, down, inputId = 0) {
      const evdev = evdevByCode[name]
      if (evdev !== undefined) key(evdev, down, inputId)
      else if (/^Mouse[0-4]$/.test(name)) button(Number(name.slice(5)), down, inputId)
    },
    pointer(xUnit, yUnit, inputId = 0) {
      if (!(xUnit >= 0 && xUnit <= 1 && yUnit >= 0 && yUnit <= 1)) return
      announce(inputId)
      const px = Math.min(display.widthPx - 1, Math.floor(xUnit * display.widthPx))
      const py = Math.min(display.heightPx - 1, Math.floor(yUnit * display.heightPx))
      xtest.FakeInput(xtest.MotionNotify, 0, 0, x.screen.root, px, py)
      x.flush()
    },
    move(dxPx, dyPx, inputId = 0) {
      if (!Number.isFinite(dxPx) || !Number.isFinite(dyPx)) return
      const total = { x: moveRest.x + dxPx, y: moveRest.y + dyPx }
      const whole = { x: Math.trunc(total.x), y: Math.trunc(total.y) }
      moveRest = { x: total.x - whole.x, y: total.y - whole.y }
      if (whole.x === 0 && whole.y === 0) return
      announce(inputId)
      const clamp = (n: number): number => Math.max(-32_768, Math.min(32_767, n))
      xtest.FakeInput(xtest.MotionNotify, 1, 0, 0, clamp(whole.x), clamp(whole.y))
      x.flush()
    },
    wheel(dx, dy, inputId = 0) {
      const steps = wheelSteps(wheelRest, dx, dy)
      wheelRest = steps.rest
      if (steps.buttons.length === 0) return
      announce(inputId)
      for (const wheelButton of steps.buttons) {
        fakeButton(wheelButton, true)
        fakeButton(wheelButton, false)
      }
      x.flush()
    },
    async text(text, inputId = 0) {
      const characters = [...text]
      const taken = characters.slice(0, maxWaitingCharacters - waiting)
      waiting += taken.length
      const ownRound = round
      const typed = typing.then(() => typeText(taken, inputId, ownRound))
      typing = typed
      return characters.length - taken.length + (await typed)
    },
    held: () => ({ keys: [...keys], buttons: [...buttons] }),
    releaseAll() {
      dropText()
      for (const evdev of keys) fakeKey(evdev + keycodeOffset, false)
      for (const index of buttons) fakeButton(xButtons[index] ?? 1, false)
      keys.clear()
      buttons.clear()
      x.flush()
    },
    ended: x.ended,
    async [Symbol.asyncDispose]() {
      dropText()
      await x[Symbol.asyncDispose]()
    },
  }
}
