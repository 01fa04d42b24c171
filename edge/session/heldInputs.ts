import { heldTimeoutMs } from '../../config/protocol/input.ts'

/** What is to be pressed or released on the display now. */
export type Stroke =
  | { readonly kind: 'key'; readonly evdev: number; readonly down: boolean }
  | { readonly kind: 'button'; readonly button: number; readonly down: boolean }

/** Who holds a key: keyboard and mouse, a pad whose controls are mapped to keys, or a finger that is the mouse. */
export type HeldBy = 'hands' | 'pad' | 'finger'

interface Held {
  readonly stroke: Stroke
  readonly by: Set<HeldBy>
  /** Id of the input that pressed it last. */
  id: number
}

const keyName = (evdev: number): string => `k${evdev}`
const buttonName = (button: number): string => `b${button}`
const nameOf = (stroke: Stroke): string =>
  stroke.kind === 'key' ? keyName(stroke.evdev) : buttonName(stroke.button)
const withDown = (stroke: Stroke, down: boolean): Stroke => ({ ...stroke, down })

/**
 * Keeps what is down, so that nothing ever stays down by mistake. Pure: no clock, every call says when it happens and returns
 * the strokes to apply. A repeated press or release changes nothing (the display would take a second press for auto-repeat).
 */
export class HeldInputs {
  readonly #held = new Map<string, Held>()
  /** Held by the player when the channel went quiet: pressed again if it turns out to be held still. */
  readonly #letGo = new Set<string>()
  readonly #lastId = new Map<string, number>()
  #lastHeldId = 0
  #heardAtMs = 0

  get size(): number {
    return this.#held.size
  }

  /** Anything at all came from the browser. */
  heard(atMs: number): void {
    this.#heardAtMs = atMs
  }

  stroke(stroke: Stroke, by: HeldBy, id: number): readonly Stroke[] {
    const name = nameOf(stroke)
    if (by === 'hands') {
      this.#lastId.set(name, id)
      this.#letGo.delete(name)
    }
    const held = this.#held.get(name)
    if (stroke.down) {
      if (held !== undefined) {
        held.by.add(by)
        held.id = id
        return []
      }
      this.#held.set(name, { stroke, by: new Set([by]), id })
      return [stroke]
    }
    if (held === undefined || !held.by.delete(by) || held.by.size > 0) return []
    this.#held.delete(name)
    return [stroke]
  }

  /** Exactly these are what the pads hold now. */
  padHolds(strokes: readonly Stroke[], id: number): readonly Stroke[] {
    const wanted = new Map(strokes.map((stroke) => [nameOf(stroke), stroke]))
    const released = [...this.#held.entries()].flatMap(([name, held]) =>
      held.by.has('pad') && !wanted.has(name) ? this.stroke(withDown(held.stroke, false), 'pad', id) : [],
    )
    const pressed = [...wanted.values()].flatMap((stroke) => this.stroke(withDown(stroke, true), 'pad', id))
    return [...released, ...pressed]
  }

  /**
   * The browser says all that is down. It knows of every input before `id` and of none after it, and the `keys` channel loses
   * nothing: so this releases what it does not name, and presses again only what a quiet channel made us let go of.
   */
  reconcile(report: {
    readonly id: number
    readonly keys: readonly number[]
    readonly buttons: number
  }): readonly Stroke[] {
    if (report.id <= this.#lastHeldId) return []
    this.#lastHeldId = report.id
    const named = new Map<string, Stroke>()
    for (const evdev of report.keys) named.set(keyName(evdev), { kind: 'key', evdev, down: true })
    for (let button = 0; button < 5; button += 1) {
      if ((report.buttons & (1 << button)) !== 0)
        named.set(buttonName(button), { kind: 'button', button, down: true })
    }
    const strokes: Stroke[] = []
    for (const [name, held] of [...this.#held]) {
      if (!held.by.has('hands') || named.has(name) || held.id > report.id) continue
      held.by.delete('hands')
      if (held.by.size > 0) continue
      this.#held.delete(name)
      strokes.push(withDown(held.stroke, false))
    }
    for (const [name, stroke] of named) {
      if (!this.#letGo.has(name) || (this.#lastId.get(name) ?? 0) > report.id) continue
      this.#letGo.delete(name)
      strokes.push(...this.#press(name, stroke, report.id))
    }
    for (const name of [...this.#letGo]) if (!named.has(name)) this.#letGo.delete(name)
    return strokes
  }

  #press(name: string, stroke: Stroke, id: number): readonly Stroke[] {
    const held = this.#held.get(name)
    if (held !== undefined) {
      held.by.add('hands')
      return []
    }
    this.#held.set(name, { stroke, by: new Set(['hands']), id })
    return [stroke]
  }

  /** Whether nothing has been heard for `heldTimeoutMs`. */
  isQuiet(nowMs: number): boolean {
    return nowMs - this.#heardAtMs >= heldTimeoutMs
  }

  /** Releases everything once it is quiet. */
  expire(nowMs: number): readonly Stroke[] {
    return this.isQuiet(nowMs) ? this.releaseAll() : []
  }

  releaseAll(): readonly Stroke[] {
    const strokes: Stroke[] = []
    for (const [name, held] of this.#held) {
      if (held.by.has('hands')) this.#letGo.add(name)
      strokes.push(withDown(held.stroke, false))
    }
    this.#held.clear()
    return strokes
  }
}
