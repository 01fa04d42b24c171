import type { LinkModel, Verdict } from './model.ts'

/** One direction during one slice of time; bytes are those of whole IP packets. */
export interface LinkSlice {
  /** Start, ms of wall-clock time. */
  readonly atMs: number
  readonly offeredBytes: number
  readonly deliveredBytes: number
  /** What the bottleneck could have carried, competing flows included; null without a limit. */
  readonly capacityBytes: number | null
  /** What competing flows carried. */
  readonly flowBytes: number
  readonly lost: number
  readonly overflowed: number
  /** Longest stay in the queue of a packet offered in this slice. */
  readonly queuedMs: number
}

export const sliceMs = 100

type Counts = { -readonly [K in keyof LinkSlice]: LinkSlice[K] }

/** Counts what happens to packets, slice by slice of `sliceMs`. */
export class LinkHistory {
  readonly #slices = new Map<number, Counts>()
  #flowBytes = 0

  onOffer(nowMs: number, bytes: number, verdict: Verdict): void {
    const slice = this.#at(nowMs)
    slice.offeredBytes += bytes
    if ('deliverAtMs' in verdict) {
      slice.queuedMs = Math.max(slice.queuedMs, verdict.queuedMs)
      this.#at(verdict.deliverAtMs).deliveredBytes += bytes
    } else if (verdict.dropped === 'queue') slice.overflowed += 1
    else slice.lost += 1
  }

  /** To be called once a slice or more often: the competing flows' share is read here. */
  onTick(nowMs: number, link: LinkModel): void {
    link.queuedBytes(nowMs)
    this.#at(nowMs).flowBytes += Math.max(0, link.flowBytes - this.#flowBytes)
    this.#flowBytes = link.flowBytes
  }

  /** All slices between two times, empty ones included. */
  slices(fromMs: number, toMs: number, link: LinkModel): LinkSlice[] {
    const slices: LinkSlice[] = []
    for (let atMs = Math.floor(fromMs / sliceMs) * sliceMs; atMs < toMs; atMs += sliceMs) {
      const bits = link.capacityBits(atMs, atMs + sliceMs)
      slices.push({ ...this.#at(atMs), capacityBytes: Number.isFinite(bits) ? bits / 8 : null })
    }
    return slices
  }

  #at(ms: number): Counts {
    const atMs = Math.floor(ms / sliceMs) * sliceMs
    let slice = this.#slices.get(atMs)
    if (slice === undefined) {
      slice = {
        atMs,
        offeredBytes: 0,
        deliveredBytes: 0,
        capacityBytes: null,
        flowBytes: 0,
        lost: 0,
        overflowed: 0,
        queuedMs: 0,
      }
      this.#slices.set(atMs, slice)
    }
    return slice
  }
}
