import { heldIntervalMs } from '../../../config/protocol/input.ts'
import type { InputSender, PadState } from './sender.ts'

/** The part of Gamepad that is read. */
export interface GamepadLike {
  readonly index: number
  readonly connected: boolean
  readonly buttons: readonly { readonly pressed: boolean; readonly value: number }[]
  readonly axes: readonly number[]
}

/** Sticks at rest wander by a few percent. */
const deadZone = 0.06
const settle = (axis: number): number =>
  Number.isFinite(axis) && Math.abs(axis) > deadZone ? Math.min(1, Math.max(-1, axis)) : 0

/** W3C standard mapping; pads beyond the fourth do not exist on the wire. */
export function padState(pad: GamepadLike): PadState {
  let buttons = 0
  pad.buttons.slice(0, 17).forEach((button, n) => {
    if (button.pressed) buttons |= 1 << n
  })
  const axis = (n: number): number => settle(pad.axes[n] ?? 0)
  const trigger = (n: number): number => Math.min(1, Math.max(0, pad.buttons[n]?.value ?? 0))
  return {
    index: pad.index,
    connected: pad.connected,
    buttons,
    axes: [axis(0), axis(1), axis(2), axis(3)],
    triggers: [trigger(6), trigger(7)],
  }
}

const steps = 127
const differs = (a: number, b: number): boolean => Math.round(a * steps) !== Math.round(b * steps)

export function padChanged(before: PadState | undefined, now: PadState): boolean {
  if (before === undefined) return true
  return (
    before.connected !== now.connected ||
    before.buttons !== now.buttons ||
    now.axes.some((axis, n) => differs(axis, before.axes[n] ?? 0)) ||
    now.triggers.some((trigger, n) => differs(trigger, before.triggers[n] ?? 0))
  )
}

export const padHeld = (state: PadState): boolean =>
  state.buttons !== 0 ||
  state.axes.some((axis) => axis !== 0) ||
  state.triggers.some((trigger) => trigger > 0)

/** A pad at rest is told this many times more: its channel may lose any one message, and nothing comes after to mend that. */
const restRepeats = 3

/** What to send now: each pad on change, and every 100 ms while anything on it is held. Pure but for its memory. */
export class PadWatch {
  #resting = new Map<number, { state: PadState; left: number }>()
  #last = new Map<number, { state: PadState; sentAtMs: number }>()

  read(pads: readonly (GamepadLike | null)[], nowMs: number): PadState[] {
    const due: PadState[] = []
    for (const pad of pads) {
      if (pad === null || pad.index > 3) continue
      const state = padState(pad)
      const last = this.#last.get(pad.index)
      const stale = last !== undefined && padHeld(state) && nowMs - last.sentAtMs >= heldIntervalMs
      if (!padChanged(last?.state, state) && !stale) continue
      this.#last.set(pad.index, { state, sentAtMs: nowMs })
      this.#note(state)
      due.push(state)
    }
    return due
  }

  /** A pad was pulled, or the page lost the focus: everything on it is let go. */
  letGo(index: number, connected: boolean): PadState {
    this.#last.delete(index)
    const state: PadState = { index, connected, buttons: 0, axes: [0, 0, 0, 0], triggers: [0, 0] }
    this.#note(state)
    return state
  }

  /** To be asked every 100 ms until nothing comes: what to say again of the pads at rest. */
  repeats(): PadState[] {
    return [...this.#resting].map(([index, { state, left }]) => {
      if (left === 1) this.#resting.delete(index)
      else this.#resting.set(index, { state, left: left - 1 })
      return state
    })
  }

  #note(state: PadState): void {
    if (padHeld(state)) this.#resting.delete(state.index)
    else this.#resting.set(state.index, { state, left: restRepeats })
  }

  get indexes(): readonly number[] {
    return [...this.#last.keys()]
  }
}

/** Polls only while a pad is connected and the page is shown. Returns what stops it. */
export function listenToPads(
  sender: InputSender,
  isLive: () => boolean,
  onPads: (count: number) => void,
): () => void {
  const watch = new PadWatch()
  let frame: number | null = null
  // A timer, because a hidden page, where pads are let go, gets no animation frames.
  let repeating: ReturnType<typeof setInterval> | null = null
  const pads = (): readonly (Gamepad | null)[] => navigator.getGamepads?.() ?? []
  const repeat = (): void => {
    const states = watch.repeats()
    for (const state of states) sender.pad(state, performance.now())
    if (states.length > 0 || repeating === null) return
    clearInterval(repeating)
    repeating = null
  }
  const send = (state: PadState): void => {
    sender.pad(state, performance.now())
    repeating ??= setInterval(repeat, heldIntervalMs)
  }
  const poll = (): void => {
    frame = null
    const present = pads().filter((pad) => pad !== null)
    if (present.length === 0) return
    if (isLive()) for (const state of watch.read(present, performance.now())) send(state)
    frame = requestAnimationFrame(poll)
  }
  const start = (): void => {
    onPads(pads().filter((pad) => pad !== null).length)
    frame ??= requestAnimationFrame(poll)
  }
  const onGone = (event: GamepadEvent): void => {
    if (event.gamepad.index <= 3) send(watch.letGo(event.gamepad.index, false))
    start()
  }
  const onBlur = (): void => {
    for (const index of watch.indexes) send(watch.letGo(index, true))
  }
  window.addEventListener('gamepadconnected', start)
  window.addEventListener('gamepaddisconnected', onGone)
  window.addEventListener('blur', onBlur)
  start()
  return () => {
    if (frame !== null) cancelAnimationFrame(frame)
    if (repeating !== null) clearInterval(repeating)
    window.removeEventListener('gamepadconnected', start)
    window.removeEventListener('gamepaddisconnected', onGone)
    window.removeEventListener('blur', onBlur)
  }
}

/** The game shakes a pad; strengths in 0..1. Pads without motors stay still. */
export function rumble(index: number, strong: number, weak: number, durationMs: number): void {
  const pad = navigator.getGamepads?.()[index]
  const unit = (n: number): number => Math.min(1, Math.max(0, n))
  pad?.vibrationActuator
    ?.playEffect('dual-rumble', {
      startDelay: 0,
      duration: Math.min(5000, Math.max(0, durationMs)),
      strongMagnitude: unit(strong),
      weakMagnitude: unit(weak),
    })
    .catch(() => undefined)
}
