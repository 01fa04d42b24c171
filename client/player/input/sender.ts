import {
  encodeInput,
  heldIntervalMs,
  type Input,
  type PadInput,
  type ReliableInput,
  type TouchInput,
} from '../../../config/protocol/input.ts'
import type { TracedKind } from '../trace.ts'
import { Echoes } from './echoes.ts'

export type InputChannel = 'keys' | 'motion'

export interface SenderOptions {
  /** Sends at once; false while the channel is not open. */
  send(channel: InputChannel, bytes: Uint8Array<ArrayBuffer>): boolean
  onSent(id: number, kind: TracedKind, atMs: number): void
  nowMs(): number
  setInterval(call: () => void, everyMs: number): unknown
  clearInterval(timer: unknown): void
  setTimeout(call: () => void, afterMs: number): unknown
  clearTimeout(timer: unknown): void
}

const padCopyAfterMs = 8

type Body<T> = T extends Input ? Omit<T, 'id' | 'clientAtMs'> : never
export type PadState = Omit<PadInput, 'type' | 'id' | 'clientAtMs'>

const isReliable = (input: Input): input is ReliableInput =>
  input.type !== 'held' && input.type !== 'pointer' && input.type !== 'motion' && input.type !== 'pad'

/**
 * Everything that goes to the game passes here, synchronously, and gets its id. What went on `keys` goes on `motion` again a little
 * later, in case its packet was lost. Knows what is held, says so every 100 ms while anything is, and lets go of it all when the page
 * loses the keyboard.
 */
export class InputSender {
  #options: SenderOptions
  #nextId = 1
  #keys = new Set<number>()
  #buttons = 0
  #totalX = 0
  #totalY = 0
  #heartbeat: unknown = null
  #echoes = new Echoes()
  #copies = new Set<unknown>()
  #padButtons = new Map<number, number>()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  get heldKeys(): ReadonlySet<number> {
    return this.#keys
  }

  key(evdev: number, down: boolean, atMs: number): void {
    if (this.#keys.has(evdev) === down) return
    if (down) this.#keys.add(evdev)
    else this.#keys.delete(evdev)
    this.#send('keys', { type: 'key', evdev, down }, atMs)
    this.#beat()
  }

  /** `button` as in MouseEvent.button; others than 0..4 do not exist on the wire. */
  button(button: number, down: boolean, atMs: number): void {
    if (button < 0 || button > 4) return
    const bit = 1 << button
    if (((this.#buttons & bit) !== 0) === down) return
    this.#buttons ^= bit
    this.#send('keys', { type: 'button', button, down }, atMs)
    this.#beat()
  }

  wheel(dx: number, dy: number, atMs: number): void {
    if (dx === 0 && dy === 0) return
    const bound = (notches: number): number => Math.min(100, Math.max(-100, notches))
    this.#send('keys', { type: 'wheel', dx: bound(dx), dy: bound(dy) }, atMs)
  }

  text(text: string, atMs: number): void {
    if (text !== '') this.#send('keys', { type: 'text', text }, atMs)
  }

  touch(touch: Omit<TouchInput, 'type' | 'id' | 'clientAtMs'>, atMs: number): void {
    this.#send('keys', { type: 'touch', ...touch }, atMs)
  }

  pointer(x: number, y: number, atMs: number): void {
    this.#send('motion', { type: 'pointer', x, y }, atMs)
  }

  /** By how much the mouse moved, in picture pixels; fractions are kept for later. */
  motion(dx: number, dy: number, atMs: number): void {
    this.#totalX += dx
    this.#totalY += dy
    this.#send(
      'motion',
      { type: 'motion', totalX: Math.round(this.#totalX), totalY: Math.round(this.#totalY) },
      atMs,
    )
  }

  pad(state: PadState, atMs: number): void {
    this.#send('motion', { type: 'pad', ...state }, atMs)
    if (this.#padButtons.get(state.index) === state.buttons) return
    this.#padButtons.set(state.index, state.buttons)
    // A state that is lost is not missed where the next one follows soon; a button's press would come late, or never if it was short.
    this.#later(padCopyAfterMs, () => {
      if (this.#padButtons.get(state.index) === state.buttons)
        this.#send('motion', { type: 'pad', ...state }, atMs)
    })
  }

  releaseAll(atMs: number): void {
    for (const evdev of [...this.#keys]) this.key(evdev, false, atMs)
    for (let button = 0; button <= 4; button += 1) this.button(button, false, atMs)
  }

  /** A new pair of channels: running totals start again at zero there. Ids go on. */
  channelsOpened(): void {
    this.#totalX = 0
    this.#totalY = 0
    this.#echoes.reset()
    this.#beat()
  }

  close(): void {
    this.#stopBeat()
    for (const timer of this.#copies) this.#options.clearTimeout(timer)
    this.#copies.clear()
    this.#padButtons.clear()
    this.#keys.clear()
    this.#buttons = 0
  }

  #send(channel: InputChannel, body: Body<Input>, atMs: number): void {
    const id = this.#nextId
    const input = { ...body, id, clientAtMs: atMs } as Input
    if (!this.#options.send(channel, encodeInput(input))) return
    this.#nextId += 1
    if (input.type !== 'held') this.#options.onSent(id, input.type, atMs)
    if (isReliable(input))
      for (const afterMs of this.#echoes.note(input, this.#options.nowMs()))
        this.#later(afterMs, () => this.#echo())
  }

  #echo(): void {
    const bytes = this.#echoes.due(this.#options.nowMs())
    if (bytes !== null) this.#options.send('motion', bytes)
  }

  #later(afterMs: number, call: () => void): void {
    const timer = this.#options.setTimeout(() => {
      this.#copies.delete(timer)
      call()
    }, afterMs)
    this.#copies.add(timer)
  }

  #sendHeld(): void {
    this.#send(
      'motion',
      { type: 'held', keys: [...this.#keys], buttons: this.#buttons },
      this.#options.nowMs(),
    )
  }

  #beat(): void {
    const anything = this.#keys.size > 0 || this.#buttons !== 0
    if (!anything) {
      this.#stopBeat()
      return
    }
    this.#heartbeat ??= this.#options.setInterval(() => this.#sendHeld(), heldIntervalMs)
  }

  #stopBeat(): void {
    if (this.#heartbeat !== null) this.#options.clearInterval(this.#heartbeat)
    this.#heartbeat = null
  }
}
