import type { ToBrowser } from '../../config/protocol/control.ts'
import type { StreamRequest } from '../../config/protocol/stream.ts'

/** What the node last said of the path and of what it sends. */
export type NetworkState = Omit<Extract<ToBrowser, { kind: 'network' }>, 'kind'>

/** Why the picture is worse than was asked for, as far as the player should be told. */
export type Condition = 'fine' | 'network' | 'machine'

export interface ConditionReading {
  readonly atMs: number
  readonly network: NetworkState | null
  /** What the node promised to give while all is well. */
  readonly wanted: StreamRequest | null
  /** How long the picture stood still since the last reading. */
  readonly frozenMs: number
}

/** A short dip is over before one has read about it. */
const worseForMs = 1_500
const betterForMs = 4_000
const lessPicture = 0.95
const lessMotion = 0.8

/** What one reading says by itself. */
export function conditionOf({ network, wanted, frozenMs }: Omit<ConditionReading, 'atMs'>): Condition {
  if (frozenMs > 0) return 'network'
  if (network === null || wanted === null) return 'fine'
  const { limitedBy, stream } = network
  if (limitedBy !== 'network' && limitedBy !== 'machine') return 'fine'
  const reduced = stream.heightPx < wanted.heightPx * lessPicture || stream.fps < wanted.fps * lessMotion
  return reduced ? limitedBy : 'fine'
}

/** Told late and taken back later, so that it does not blink. Pure but for its memory. */
export class ConditionWatch {
  #shown: Condition = 'fine'
  #other: Condition = 'fine'
  #sinceMs = 0

  read(reading: ConditionReading): Condition {
    const now = conditionOf(reading)
    if (now === this.#shown) this.#other = now
    else if (now !== this.#other) {
      this.#other = now
      this.#sinceMs = reading.atMs
    }
    const waitMs = now === 'fine' ? betterForMs : worseForMs
    if (now !== this.#shown && reading.atMs - this.#sinceMs >= waitMs) this.#shown = now
    return this.#shown
  }

  reset(): void {
    this.#shown = 'fine'
    this.#other = 'fine'
  }
}
