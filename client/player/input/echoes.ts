import { encodeEcho, type InputEcho } from '../../../config/protocol/inputEcho.ts'
import type { ReliableInput } from '../../../config/protocol/input.ts'

/** Copies leave this long after an input: one frame of a burst of loss, then two further apart. */
export const echoAfterMs = [8, 25, 60] as const
/** Copies of what came just before ride along. */
const keepMs = 150
/** A wheel that spins or a finger that moves must not fill the way up. */
const maxInputs = 24
/** Two copies closer than this say the same. */
const minGapMs = 4

/** The last inputs of `keys`, to be sent again on `motion`. Pure but for its memory. */
export class Echoes {
  #recent: { readonly input: ReliableInput; readonly sentAtMs: number }[] = []
  #afterId = 0
  #lastAtMs = Number.NEGATIVE_INFINITY

  /** @returns in how many ms copies are to be asked for */
  note(input: ReliableInput, nowMs: number): readonly number[] {
    if (input.type === 'text') {
      // Too long to be said again: whatever comes after it waits for it.
      this.#recent = []
      this.#afterId = input.id
      return []
    }
    this.#recent.push({ input, sentAtMs: nowMs })
    while (this.#recent.length > maxInputs) this.#dropOldest()
    // A finger's way is told anew by its next move.
    return input.type === 'touch' && input.phase === 'move' ? [] : echoAfterMs
  }

  /** Null where there is nothing to say, or it was said just now. */
  due(nowMs: number): Uint8Array<ArrayBuffer> | null {
    if (nowMs - this.#lastAtMs < minGapMs) return null
    for (let first = this.#recent[0]; first !== undefined; first = this.#recent[0]) {
      if (nowMs - first.sentAtMs <= keepMs) break
      this.#dropOldest()
    }
    if (this.#recent.length === 0) return null
    this.#lastAtMs = nowMs
    const echo: InputEcho = { afterId: this.#afterId, inputs: this.#recent.map(({ input }) => input) }
    return encodeEcho(echo)
  }

  /** New channels: nothing was sent on them yet. */
  reset(): void {
    this.#recent = []
    this.#afterId = 0
  }

  #dropOldest(): void {
    const first = this.#recent.shift()
    if (first !== undefined) this.#afterId = first.input.id
  }
}
