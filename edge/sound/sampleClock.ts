/** The real rate of a sound clock differs from the wall clock by some ten ppm; the estimate may climb that fast. */
const driftPerMillion = 200
/** Further off than this is a gap (a suspended machine, a lost block), not jitter. */
const gapUs = 200_000

/**
 * Pure state, no I/O: tells when each block's first sample was played, from when blocks arrive. A block can arrive late
 * but never early, so the lowest offset seen is the truth and everything above it is scheduling jitter.
 */
export class SampleClock {
  readonly #blockUs: number
  #firstUs: number | null = null
  #blocks = 0

  constructor(blockMs: number) {
    this.#blockUs = blockMs * 1000
  }

  /** Wall-clock µs of the first sample of the block that is complete at `arrivedAtUs`. Calls come in order. */
  next(arrivedAtUs: number): number {
    const offset = arrivedAtUs - (this.#blocks + 1) * this.#blockUs
    const drifted = this.#firstUs === null ? offset : this.#firstUs + (this.#blockUs * driftPerMillion) / 1e6
    this.#firstUs = offset - drifted > gapUs ? offset : Math.min(drifted, offset)
    return this.#firstUs + this.#blocks++ * this.#blockUs
  }
}
