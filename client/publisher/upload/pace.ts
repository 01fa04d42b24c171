/** How much goes into one body: what the way took in about two seconds, so that a pause or a cut costs little and a fast way is not held up. */
const wantedMs = 2_000
const least = 256 * 1024
const most = 15 * 1024 * 1024

export function nextBatchBytes(bytes: number, tookMs: number): number {
  const fits = bytes * (wantedMs / Math.max(1, tookMs))
  // One measurement alone may double or halve it.
  return Math.round(Math.min(most, Math.max(least, Math.min(bytes * 2, Math.max(bytes / 2, fits)))))
}

/** The rate of the last while, from what went out at which time. */
export class Rate {
  readonly #windowMs: number
  #sent: { readonly atMs: number; readonly bytes: number }[] = []

  constructor(windowMs = 10_000) {
    this.#windowMs = windowMs
  }

  add(bytes: number, atMs: number): void {
    this.#sent.push({ atMs, bytes })
    this.#sent = this.#sent.filter((one) => atMs - one.atMs <= this.#windowMs)
  }

  /** After a pause nothing of before counts. */
  reset(): void {
    this.#sent = []
  }

  /** Bytes a second; null until two seconds are known. */
  at(nowMs: number): number | null {
    const [first] = this.#sent
    if (first === undefined || nowMs - first.atMs < 2_000) return null
    // What the first entry tells went out before the time that is counted.
    return this.#sent.slice(1).reduce((sum, { bytes }) => sum + bytes, 0) / ((nowMs - first.atMs) / 1000)
  }
}
