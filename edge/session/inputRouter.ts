import { decodeInput, type Input, type PadInput, type TouchInput } from '../../config/protocol/input.ts'
import { decodeEcho, isEcho } from '../../config/protocol/inputEcho.ts'
import { evdevByCode } from '../../config/protocol/keyCodes.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import { createBucket } from '../../config/rate.ts'
import type { InputClock } from '../stream/stages.ts'
import { HeldInputs, type HeldBy, type Stroke } from './heldInputs.ts'

/** Where inputs go; `inputId` 0 stands for none. */
export interface InputSink {
  key(evdev: number, down: boolean, inputId: number): void
  button(button: number, down: boolean, inputId: number): void
  pointer(x: number, y: number, inputId: number): void
  move(dxPx: number, dyPx: number, inputId: number): void
  wheel(dx: number, dy: number, inputId: number): void
  text(text: string, inputId: number): void
  /** Holds no key and no button any more, and types nothing of what still waits. */
  releaseAll(): void
  /** Real touch and real pads, where the title has them; otherwise they are mapped or dropped. */
  touch: ((touch: TouchInput) => void) | null
  pad: ((pad: PadInput) => void) | null
}

export type InputDrop =
  | 'tooMany'
  | 'malformed'
  | 'wrongChannel'
  | 'duplicate'
  | 'outOfOrder'
  | 'unattended'
  | 'unused'

export interface InputRouter {
  receive(channel: 'keys' | 'motion', bytes: Uint8Array, receivedAtMs: number): void
  /** Releases what is held once the channels have gone quiet; call it every few tens of ms while `holding`. */
  expire(nowMs: number): void
  readonly holding: boolean
  /** Nobody plays: release everything and drop what comes until `attend`. */
  unattend(): void
  /** A new browser plays: ids count from 1, motion from 0, nothing is held. */
  attend(): void
  /** The same browser is heard again after a silence: ids and motion go on, and what it still holds is pressed again. */
  attendAgain(): void
  readonly inputs: Readonly<Record<string, number>>
  readonly dropped: Readonly<Record<string, number>>
}

/**
 * A pad's state → all that the pads hold now, as controls of the title's pad map: a `KeyboardEvent.code` or `Mouse0`…`Mouse4`.
 * Null where the title has no pad map.
 */
export type PadMapper = (pad: PadInput) => ReadonlySet<string>

export interface InputRouterOptions {
  readonly input: TitleManifest['input']
  readonly sink: InputSink
  readonly clock: InputClock
  readonly mapPad: PadMapper | null
  readonly nowMs: () => number
  /** Some input was applied: the player is there. */
  readonly onTouched: () => void
}

/** No hands and no 1000 Hz mouse come near this; a page that does is at fault, and must not keep others waiting. */
const inputsPerSecond = 2000

/** A stick is never quite in its middle. */
const restAxis = 0.1

const reliable = new Set<Input['type']>(['key', 'button', 'wheel', 'text', 'touch'])

const strokeOf = (control: string): readonly Stroke[] => {
  const evdev = evdevByCode[control]
  if (evdev !== undefined) return [{ kind: 'key', evdev, down: true }]
  return /^Mouse[0-4]$/.test(control)
    ? [{ kind: 'button', button: Number(control.slice(5)), down: true }]
    : []
}

/** The motion channel is unordered: of each kind, and of each pad, only what is newer counts. */
const motionKind = (input: Input): string => (input.type === 'pad' ? `pad${input.index}` : input.type)

export function createInputRouter(options: InputRouterOptions): InputRouter {
  const { sink, clock } = options
  let held = new HeldInputs()
  let attended = false
  let lastKeysId = 0
  let lastEchoedId = 0
  let motionIds = new Map<string, number>()
  /** Null: the next message tells where the totals stand. */
  let motionTotal: { readonly x: number; readonly y: number } | null = { x: 0, y: 0 }
  let finger: number | null = null
  /** What a title that reads touch and pads itself holds now. */
  const fingers = new Map<number, TouchInput>()
  const pads = new Map<number, PadInput>()
  const rate = createBucket(inputsPerSecond, inputsPerSecond)
  const inputs: Record<string, number> = {}
  const dropped: Record<string, number> = {}
  const drop = (why: InputDrop): void => {
    dropped[why] = (dropped[why] ?? 0) + 1
  }

  const apply = (strokes: readonly Stroke[], inputId: number): void => {
    for (const stroke of strokes) {
      if (stroke.kind === 'key') sink.key(stroke.evdev, stroke.down, inputId)
      else sink.button(stroke.button, stroke.down, inputId)
    }
  }
  const strike = (stroke: Stroke, by: HeldBy, id: number): void => apply(held.stroke(stroke, by, id), id)

  const touchAsPointer = (touch: TouchInput): void => {
    // one finger is the mouse; further fingers do nothing until it is lifted
    if (touch.phase === 'start' && finger === null) finger = touch.touchId
    if (finger !== touch.touchId) return
    sink.pointer(touch.x, touch.y, touch.id)
    if (touch.phase === 'move') return
    const down = touch.phase === 'start'
    if (!down) finger = null
    strike({ kind: 'button', button: 0, down }, 'finger', touch.id)
  }

  const releaseNative = (): void => {
    for (const touch of fingers.values()) sink.touch?.({ ...touch, phase: 'cancel' })
    for (const pad of pads.values()) sink.pad?.({ ...pad, buttons: 0, axes: [0, 0, 0, 0], triggers: [0, 0] })
    fingers.clear()
    pads.clear()
  }
  const touchTitle = (touch: TouchInput): void => {
    if (touch.phase === 'start' || touch.phase === 'move') fingers.set(touch.touchId, touch)
    else fingers.delete(touch.touchId)
    sink.touch?.(touch)
  }
  const padTitle = (pad: PadInput): void => {
    const atRest = pad.buttons === 0 && pad.axes.every((axis) => Math.abs(axis) < restAxis)
    if (pad.connected && !atRest) pads.set(pad.index, pad)
    else pads.delete(pad.index)
    sink.pad?.(pad)
  }

  /** Whether the title has a use for it. */
  const route = (input: Input): boolean => {
    switch (input.type) {
      case 'key':
        strike({ kind: 'key', evdev: input.evdev, down: input.down }, 'hands', input.id)
        return true
      case 'button':
        strike({ kind: 'button', button: input.button, down: input.down }, 'hands', input.id)
        return true
      case 'wheel':
        sink.wheel(input.dx, input.dy, input.id)
        return true
      case 'text':
        sink.text(input.text, input.id)
        return true
      case 'touch':
        if (options.input.touch === 'native' && sink.touch !== null) touchTitle(input)
        else if (options.input.touch === 'pointer') touchAsPointer(input)
        else return false
        return true
      case 'pointer':
        sink.pointer(input.x, input.y, input.id)
        return true
      case 'motion': {
        const from = motionTotal ?? { x: input.totalX, y: input.totalY }
        motionTotal = { x: input.totalX, y: input.totalY }
        sink.move(input.totalX - from.x, input.totalY - from.y, input.id)
        return true
      }
      case 'pad':
        if (options.input.pad === 'native' && sink.pad !== null) padTitle(input)
        else if (options.input.pad === 'keys' && options.mapPad !== null) {
          apply(held.padHolds([...options.mapPad(input)].flatMap(strokeOf), input.id), input.id)
        } else return false
        return true
      case 'held':
        apply(held.reconcile(input), input.id)
        return true
      default:
        return input satisfies never
    }
  }

  /** Why it must not be applied, or null. */
  const refusal = (channel: 'keys' | 'motion', input: Input): InputDrop | null => {
    if (!attended) return 'unattended'
    if ((channel === 'keys') !== reliable.has(input.type)) return 'wrongChannel'
    if (channel === 'keys') {
      if (input.id <= lastKeysId) return 'duplicate'
      lastKeysId = input.id
      return null
    }
    const kind = motionKind(input)
    const last = motionIds.get(kind) ?? 0
    if (input.id <= last) return input.id === last ? 'duplicate' : 'outOfOrder'
    motionIds.set(kind, input.id)
    return null
  }

  const take = (input: Input, receivedAtMs: number): void => {
    held.heard(receivedAtMs)
    if (!route(input)) return drop('unused')
    inputs[input.type] = (inputs[input.type] ?? 0) + 1
    if (input.id > clock.lastAppliedId) {
      clock.lastAppliedId = input.id
      clock.lastReceivedAtMs = receivedAtMs
      clock.lastAppliedAtMs = options.nowMs()
    }
    options.onTouched()
  }

  /** What was on `keys`, sooner than there: applied only where nothing of that channel is missing before it. */
  const receiveEcho = (bytes: Uint8Array, receivedAtMs: number): void => {
    const echo = decodeEcho(bytes)
    if (echo === null) return drop('malformed')
    if (!attended) return drop('unattended')
    held.heard(receivedAtMs)
    if (echo.afterId > lastKeysId) return drop('outOfOrder')
    for (const input of echo.inputs) {
      if (input.id <= lastKeysId) continue
      if (!rate.take(receivedAtMs)) return drop('tooMany')
      lastKeysId = input.id
      lastEchoedId = input.id
      take(input, receivedAtMs)
    }
  }

  return {
    receive(channel, bytes, receivedAtMs) {
      if (!rate.take(receivedAtMs)) return drop('tooMany')
      if (channel === 'motion' && isEcho(bytes)) return receiveEcho(bytes, receivedAtMs)
      const input = decodeInput(bytes)
      if (input === null) return drop('malformed')
      const refused = refusal(channel, input)
      if (refused === 'duplicate' && channel === 'keys' && input.id <= lastEchoedId) return
      if (refused !== null) return drop(refused)
      take(input, receivedAtMs)
    },
    expire(nowMs) {
      apply(held.expire(nowMs), 0)
      // a finger that rests says nothing, a pad that is held keeps saying so
      if (pads.size > 0 && held.isQuiet(nowMs)) releaseNative()
    },
    get holding() {
      return held.size > 0 || pads.size > 0
    },
    unattend() {
      attended = false
      apply(held.releaseAll(), 0)
      sink.releaseAll()
      releaseNative()
    },
    attend() {
      apply(held.releaseAll(), 0)
      releaseNative()
      held = new HeldInputs()
      attended = true
      lastKeysId = 0
      lastEchoedId = 0
      motionIds = new Map()
      motionTotal = { x: 0, y: 0 }
      finger = null
      Object.assign(clock, { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 })
    },
    attendAgain() {
      attended = true
      motionTotal = null
    },
    inputs,
    dropped,
  }
}
