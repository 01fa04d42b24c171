import { clickStepOf, clickSteps, type PlayQuality } from '../../config/protocol/playQuality.ts'
import { randomId } from './randomId.ts'
import type { StatsTotals } from './stats.ts'

/** One look at a stream. */
export interface PlayLook {
  readonly totals: StatsTotals
  /** Frames that the page has shown so far; null where the browser does not say: those that it decoded. */
  readonly framesShown: number | null
  /** Inputs that were seen since the look before, ms each from event to picture. */
  readonly clicksMs: readonly number[]
  /** What nobody sees is not counted: browsers show no frames of a page in the background. */
  readonly isSeen: boolean
}

type Counts = Omit<PlayQuality, 'run' | 'clicks'>
const zero: Counts = {
  framesShown: 0,
  framesDropped: 0,
  framesDecoded: 0,
  decodeMs: 0,
  freezes: 0,
  frozenMs: 0,
  seenMs: 0,
}

/** Adds up how one session plays over all its connections, for the router. A page that is loaded again counts anew. */
export class PlayCount {
  #sessionId: string | null = null
  #run = ''
  #clicks = new Array<number>(clickSteps).fill(0)
  #counts = zero
  #before: PlayLook | null = null

  /** The next look is at a new connection, whose totals start at zero. */
  connected(): void {
    this.#before = null
  }

  look(sessionId: string, look: PlayLook): void {
    if (sessionId !== this.#sessionId) {
      this.#sessionId = sessionId
      this.#run = randomId()
      this.#clicks = new Array<number>(clickSteps).fill(0)
      this.#counts = zero
      this.#before = null
    }
    const before = this.#before
    this.#before = look
    if (!look.isSeen || before?.isSeen !== true) return
    for (const clickMs of look.clicksMs) {
      const at = clickStepOf(clickMs)
      this.#clicks[at] = (this.#clicks[at] ?? 0) + 1
    }
    const now = countsIn(look)
    const then = countsIn(before)
    // An element that shows another stream begins at zero.
    const grown = (of: keyof Counts): number =>
      Math.max(0, now[of] >= then[of] ? now[of] - then[of] : now[of])
    const added = Object.keys(zero) as readonly (keyof Counts)[]
    this.#counts = Object.fromEntries(added.map((of) => [of, this.#counts[of] + grown(of)])) as Counts
  }

  /** So far; null before there is anything. */
  of(sessionId: string): PlayQuality | null {
    if (sessionId !== this.#sessionId || this.#counts.seenMs === 0) return null
    return { run: this.#run, clicks: this.#clicks.slice(0, lastOf(this.#clicks)), ...this.#counts }
  }
}

const countsIn = ({ totals, framesShown }: PlayLook): Counts => ({
  framesShown: framesShown ?? totals.framesDecoded,
  framesDropped: totals.framesDropped,
  framesDecoded: totals.framesDecoded,
  decodeMs: Math.round(totals.decodeTimeMs),
  freezes: totals.freezes,
  frozenMs: Math.round(totals.frozenMs),
  seenMs: Math.round(totals.atMs),
})

/** Where nothing but zeros is left. */
const lastOf = (clicks: readonly number[]): number => clicks.findLastIndex((many) => many > 0) + 1
