/**
 * How much of the estimate to use while a queue stands: less than arrives, so that it empties. Google's controller only stops a queue from
 * growing; 300 ms that a drop of the capacity left behind would then take seconds to go.
 */
export interface Drain {
  /** @returns the share of the estimate to send with, 1 and below */
  factor(standingMs: number): number
}

export interface DrainOptions {
  /** Waits up to here are jitter, probes and bursts of our own. */
  readonly toleratedMs: number
  /** How fast what stands above it is to go. */
  readonly withinMs: number
  /** The stream never does with less than this share. */
  readonly least: number
}

export const defaultDrain: DrainOptions = { toleratedMs: 20, withinMs: 250, least: 0.25 }

export const createDrain = ({ toleratedMs, withinMs, least }: DrainOptions): Drain => ({
  factor: (standingMs) => Math.min(1, Math.max(least, 1 - (standingMs - toleratedMs) / withinMs)),
})

export const noDrain: Drain = { factor: () => 1 }
