/**
 * The input wire, binary and little-endian, on two data channels that the browser opens:
 * `keys` (reliable, ordered): key, button, wheel, text, touch. `motion` (unordered, maxRetransmits 0): pointer, pad, held.
 * Header of 14 bytes: u8 version, u8 type, u32 id (1, 2, 3 … over both channels), f64 client clock in ms (performance.now()).
 * Motion messages carry full state, so a lost one costs nothing; `held` is sent every 100 ms while anything is held.
 */
export const inputVersion = 1
export const maxInputBytes = 1024
export const heldIntervalMs = 100
/** With keys held and nothing heard for this long, the edge releases them. */
export const heldTimeoutMs = 400

interface Stamp {
  readonly id: number
  readonly clientAtMs: number
}
export type KeyInput = Stamp & { readonly type: 'key'; readonly evdev: number; readonly down: boolean }
/** `button` as in MouseEvent.button: 0 left, 1 middle, 2 right, 3 back, 4 forward. */
export type ButtonInput = Stamp & { readonly type: 'button'; readonly button: number; readonly down: boolean }
/** In notches, fractions allowed (100 CSS px = 1); positive is down or right. */
export type WheelInput = Stamp & { readonly type: 'wheel'; readonly dx: number; readonly dy: number }
export type TextInput = Stamp & { readonly type: 'text'; readonly text: string }
/** x, y in 0..1 of the picture. */
export type TouchInput = Stamp & {
  readonly type: 'touch'
  readonly phase: 'start' | 'move' | 'end' | 'cancel'
  readonly touchId: number
  readonly x: number
  readonly y: number
}
/** Absolute: x, y in 0..1 of the picture. */
export type PointerInput = Stamp & { readonly type: 'pointer'; readonly x: number; readonly y: number }
/** Relative: running totals in picture pixels since the channel opened, so that a lost message loses no motion. */
export type MotionInput = Stamp & {
  readonly type: 'motion'
  readonly totalX: number
  readonly totalY: number
}
/** W3C standard mapping: bit n of `buttons` = button n (0..16); axes -1..1; triggers 0..1 (buttons 6 and 7). */
export type PadInput = Stamp & {
  readonly type: 'pad'
  readonly index: number
  readonly connected: boolean
  readonly buttons: number
  readonly axes: readonly [number, number, number, number]
  readonly triggers: readonly [number, number]
}
/** All that is down now: evdev codes, and mouse buttons as bits. */
export type HeldInput = Stamp & {
  readonly type: 'held'
  readonly keys: readonly number[]
  readonly buttons: number
}

export type ReliableInput = KeyInput | ButtonInput | WheelInput | TextInput | TouchInput
export type MotionChannelInput = PointerInput | MotionInput | PadInput | HeldInput
export type Input = ReliableInput | MotionChannelInput

const typeCodes = {
  key: 1,
  button: 2,
  wheel: 3,
  text: 4,
  touch: 5,
  pointer: 6,
  motion: 7,
  pad: 8,
  held: 9,
} as const
const phases = ['start', 'move', 'end', 'cancel'] as const
const headerBytes = 14
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

const bodyBytes = (input: Input): number => {
  switch (input.type) {
    case 'key':
      return 3
    case 'button':
      return 2
    case 'wheel':
    case 'motion':
    case 'pointer':
      return 8
    case 'touch':
      return 10
    case 'pad':
      return 6 + 8 + 4
    case 'text':
      return encoder.encode(input.text).length
    case 'held':
      return 3 + 2 * input.keys.length
    default:
      return input satisfies never
  }
}

export function encodeInput(input: Input): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes + bodyBytes(input))
  const view = new DataView(bytes.buffer)
  view.setUint8(0, inputVersion)
  view.setUint8(1, typeCodes[input.type])
  view.setUint32(2, input.id, true)
  view.setFloat64(6, input.clientAtMs, true)
  const at = headerBytes
  switch (input.type) {
    case 'key':
      view.setUint16(at, input.evdev, true)
      view.setUint8(at + 2, input.down ? 1 : 0)
      break
    case 'button':
      view.setUint8(at, input.button)
      view.setUint8(at + 1, input.down ? 1 : 0)
      break
    case 'wheel':
      view.setFloat32(at, input.dx, true)
      view.setFloat32(at + 4, input.dy, true)
      break
    case 'text':
      bytes.set(encoder.encode(input.text), at)
      break
    case 'touch':
      view.setUint8(at, phases.indexOf(input.phase))
      view.setUint8(at + 1, input.touchId)
      view.setFloat32(at + 2, input.x, true)
      view.setFloat32(at + 6, input.y, true)
      break
    case 'pointer':
      view.setFloat32(at, input.x, true)
      view.setFloat32(at + 4, input.y, true)
      break
    case 'motion':
      view.setInt32(at, input.totalX, true)
      view.setInt32(at + 4, input.totalY, true)
      break
    case 'pad':
      view.setUint8(at, input.index)
      view.setUint8(at + 1, input.connected ? 1 : 0)
      view.setUint32(at + 2, input.buttons, true)
      input.axes.forEach((axis, i) => view.setInt16(at + 6 + 2 * i, Math.round(axis * 32767), true))
      input.triggers.forEach((trigger, i) =>
        view.setUint16(at + 14 + 2 * i, Math.round(trigger * 65535), true),
      )
      break
    case 'held':
      view.setUint8(at, input.buttons)
      view.setUint16(at + 1, input.keys.length, true)
      input.keys.forEach((key, i) => view.setUint16(at + 3 + 2 * i, key, true))
      break
    default:
      input satisfies never
  }
  return bytes
}

/** Any bytes → one input, or null for anything that is not exactly one well-formed message of this version. */
export function decodeInput(bytes: Uint8Array): Input | null {
  if (bytes.length < headerBytes || bytes.length > maxInputBytes) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint8(0) !== inputVersion) return null
  const stamp = { id: view.getUint32(2, true), clientAtMs: view.getFloat64(6, true) }
  if (stamp.id === 0 || !Number.isFinite(stamp.clientAtMs)) return null
  const input = decodeBody(view.getUint8(1), stamp, view, bytes)
  return input !== null && bodyBytes(input) === bytes.length - headerBytes ? input : null
}

function decodeText(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

const inUnit = (n: number): boolean => n >= 0 && n <= 1
const flag = (n: number): boolean | null => (n === 0 ? false : n === 1 ? true : null)

function decodeBody(type: number, stamp: Stamp, view: DataView, bytes: Uint8Array): Input | null {
  const at = headerBytes
  const size = bytes.length - headerBytes
  switch (type) {
    case typeCodes.key: {
      if (size !== 3) return null
      const evdev = view.getUint16(at, true)
      const down = flag(view.getUint8(at + 2))
      return down === null || evdev === 0 || evdev > 247 ? null : { type: 'key', ...stamp, evdev, down }
    }
    case typeCodes.button: {
      if (size !== 2) return null
      const button = view.getUint8(at)
      const down = flag(view.getUint8(at + 1))
      return down === null || button > 4 ? null : { type: 'button', ...stamp, button, down }
    }
    case typeCodes.wheel: {
      if (size !== 8) return null
      const dx = view.getFloat32(at, true)
      const dy = view.getFloat32(at + 4, true)
      return Math.abs(dx) <= 100 && Math.abs(dy) <= 100 ? { type: 'wheel', ...stamp, dx, dy } : null
    }
    case typeCodes.text: {
      const text = decodeText(bytes.subarray(at))
      return text === null || text.length === 0 ? null : { type: 'text', ...stamp, text }
    }
    case typeCodes.touch: {
      if (size !== 10) return null
      const phase = phases[view.getUint8(at)]
      const x = view.getFloat32(at + 2, true)
      const y = view.getFloat32(at + 6, true)
      if (phase === undefined || !inUnit(x) || !inUnit(y)) return null
      return { type: 'touch', ...stamp, phase, touchId: view.getUint8(at + 1), x, y }
    }
    case typeCodes.pointer: {
      if (size !== 8) return null
      const x = view.getFloat32(at, true)
      const y = view.getFloat32(at + 4, true)
      return inUnit(x) && inUnit(y) ? { type: 'pointer', ...stamp, x, y } : null
    }
    case typeCodes.motion:
      if (size !== 8) return null
      return {
        type: 'motion',
        ...stamp,
        totalX: view.getInt32(at, true),
        totalY: view.getInt32(at + 4, true),
      }
    case typeCodes.pad: {
      if (size !== 18) return null
      const connected = flag(view.getUint8(at + 1))
      const buttons = view.getUint32(at + 2, true)
      if (connected === null || buttons >= 2 ** 17 || view.getUint8(at) > 3) return null
      const axis = (i: number): number => Math.max(-1, view.getInt16(at + 6 + 2 * i, true) / 32767)
      const trigger = (i: number): number => view.getUint16(at + 14 + 2 * i, true) / 65535
      return {
        type: 'pad',
        ...stamp,
        index: view.getUint8(at),
        connected,
        buttons,
        axes: [axis(0), axis(1), axis(2), axis(3)],
        triggers: [trigger(0), trigger(1)],
      }
    }
    case typeCodes.held: {
      if (size < 3) return null
      const count = view.getUint16(at + 1, true)
      const buttons = view.getUint8(at)
      if (size !== 3 + 2 * count || buttons > 31) return null
      const keys = Array.from({ length: count }, (_, i) => view.getUint16(at + 3 + 2 * i, true))
      return keys.some((key) => key === 0 || key > 247) ? null : { type: 'held', ...stamp, keys, buttons }
    }
    default:
      return null
  }
}
