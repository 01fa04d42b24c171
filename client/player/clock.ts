/** One exchange of clocks. `offsetMs` is added to the browser's clock (`performance.now()`) to get the edge's wall clock. */
export interface ClockSample {
  readonly atMs: number
  readonly rttMs: number
  readonly offsetMs: number
}

/** NTP's four times (RFC 5905, section 8): t0 and t3 on the browser's clock, received and sent on the edge's. */
export function clockSample(t0Ms: number, receivedAtMs: number, sentAtMs: number, t3Ms: number): ClockSample {
  return {
    atMs: t3Ms,
    rttMs: Math.max(0, t3Ms - t0Ms - (sentAtMs - receivedAtMs)),
    offsetMs: (receivedAtMs - t0Ms + (sentAtMs - t3Ms)) / 2,
  }
}

/** Clocks drift by tens of microseconds a second, so an old sample with a short way is no better than a new one. */
const windowMs = 30_000

/** The least-delayed exchange has the least room for asymmetry: its offset is believed. */
export class ClockSync {
  #samples: ClockSample[] = []
  #best: ClockSample | null = null

  add(sample: ClockSample): void {
    this.#samples = [...this.#samples.filter((old) => sample.atMs - old.atMs < windowMs), sample]
    this.#best = this.#samples.reduce((best, next) => (next.rttMs <= best.rttMs ? next : best))
  }

  /** Null until the first exchange. */
  get best(): ClockSample | null {
    return this.#best
  }

  /** Half the shortest round trip: the offset is no further off than this. */
  get uncertaintyMs(): number | null {
    return this.#best === null ? null : this.#best.rttMs / 2
  }

  toBrowserMs(edgeMs: number): number | null {
    return this.#best === null ? null : edgeMs - this.#best.offsetMs
  }

  toEdgeMs(browserMs: number): number | null {
    return this.#best === null ? null : browserMs + this.#best.offsetMs
  }
}
