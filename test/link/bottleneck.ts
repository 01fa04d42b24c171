/** Bits a second, a trace of delivery opportunities in ms, or null for no limit. */
export type Capacity = number | readonly number[] | null

/** The narrowest place of a link: packets leave it one after another, as fast as its capacity at each time allows. */
export interface Bottleneck {
  /** @returns when the last bit has left, ms, for a packet that arrives at `nowMs`; Infinity for never */
  serve(nowMs: number, bytes: number): number
  /** From `atMs` on; what was to come later is forgotten. Packets already served keep their times. */
  change(atMs: number, capacity: Capacity): void
  /** What it could carry between two times; Infinity without a limit. */
  capacityBits(fromMs: number, toMs: number): number
}

/** Each line of a mahimahi trace lets one packet of this size through. */
const opportunityBytes = 1500

interface Segment {
  readonly fromMs: number
  readonly capacity: Capacity
}

/** The moment of opportunity `index` of a repeated trace, counted from 0. */
function opportunityMs(trace: readonly number[], index: number): number {
  const periodMs = trace.at(-1) ?? 0
  return Math.floor(index / trace.length) * periodMs + (trace[index % trace.length] ?? 0)
}

/** Index of the first opportunity at or after `ms`. */
function firstOpportunity(trace: readonly number[], ms: number): number {
  const periodMs = trace.at(-1) ?? 0
  const round = Math.max(0, Math.ceil(ms / periodMs) - 1)
  let [low, high] = [round * trace.length, (round + 2) * trace.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (opportunityMs(trace, middle) >= ms) high = middle
    else low = middle + 1
  }
  return low
}

export function createBottleneck(startMs: number, first: Capacity): Bottleneck {
  let segments: Segment[] = [{ fromMs: startMs, capacity: first }]
  let freeMs = startMs
  /** The last opportunity that a packet went through, and what is left of it. */
  let opportunity = { segment: segments[0], index: -1, leftBytes: 0 }

  const endOf = (i: number): number => segments[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY
  const segmentAt = (ms: number): number =>
    Math.max(
      0,
      segments.findLastIndex(({ fromMs }) => fromMs <= ms),
    )

  /** Sends through a trace from `atMs` on; bytes that do not fit before the segment's end are left over. */
  function throughTrace(
    segment: Segment,
    trace: readonly number[],
    atMs: number,
    endMs: number,
    bytes: number,
  ) {
    let left = bytes
    let index = firstOpportunity(trace, atMs - segment.fromMs)
    let available = opportunityBytes
    // A packet that waited may use what the one before it left of the same opportunity.
    if (opportunity.segment === segment && opportunity.index >= index - 1 && opportunity.leftBytes > 0) {
      const againMs = segment.fromMs + opportunityMs(trace, opportunity.index)
      if (againMs >= atMs) [index, available] = [opportunity.index, opportunity.leftBytes]
    } else if (opportunity.segment === segment) index = Math.max(index, opportunity.index + 1)
    for (;;) {
      const timeMs = segment.fromMs + opportunityMs(trace, index)
      if (timeMs >= endMs) return { doneMs: endMs, left }
      const used = Math.min(left, available)
      left -= used
      opportunity = { segment, index, leftBytes: available - used }
      if (left === 0) return { doneMs: timeMs, left }
      index += 1
      available = opportunityBytes
    }
  }

  return {
    serve(nowMs, bytes) {
      let atMs = Math.max(nowMs, freeMs)
      let left = bytes
      for (let i = segmentAt(atMs); i < segments.length; i++) {
        const segment = segments[i]
        if (segment === undefined) break
        const { capacity } = segment
        const endMs = endOf(i)
        if (capacity === null) return (freeMs = atMs)
        if (typeof capacity === 'number') {
          const needMs = (left * 8000) / capacity
          if (atMs + needMs <= endMs) return (freeMs = atMs + needMs)
          left -= ((endMs - atMs) * capacity) / 8000
        } else {
          const { doneMs, left: rest } = throughTrace(segment, capacity, atMs, endMs, left)
          if (rest === 0) return (freeMs = doneMs)
          left = rest
        }
        atMs = endMs
      }
      return (freeMs = Number.POSITIVE_INFINITY)
    },
    change(atMs, capacity) {
      segments = [...segments.filter(({ fromMs }) => fromMs < atMs), { fromMs: atMs, capacity }]
    },
    capacityBits(fromMs, toMs) {
      let bits = 0
      for (const [i, { fromMs: segmentMs, capacity }] of segments.entries()) {
        const from = Math.max(fromMs, i === 0 ? Number.NEGATIVE_INFINITY : segmentMs)
        const to = Math.min(toMs, endOf(i))
        if (to <= from) continue
        if (capacity === null) return Number.POSITIVE_INFINITY
        if (typeof capacity === 'number') bits += ((to - from) * capacity) / 1000
        else {
          const opportunities =
            firstOpportunity(capacity, to - segmentMs) -
            firstOpportunity(capacity, Math.max(0, from - segmentMs))
          bits += opportunities * opportunityBytes * 8
        }
      }
      return bits
    },
  }
}
