import type { PacketResult, SentPacket } from './controller.ts'

/** One transport-wide feedback message (draft-holmer-rmcat-transport-wide-cc-extensions-01), without its coding. */
export interface TransportFeedback {
  /** 16 bits, as on the wire. */
  readonly baseSequence: number
  /** 24 bits, as on the wire: multiples of 64 ms on the receiver's clock. */
  readonly referenceTicks: number
  /** For each packet from the base on: ms after the reference time, null for not arrived. */
  readonly arrivalsMs: readonly (number | null)[]
}

/** What was sent and not yet reported on. Numbers each packet, and matches feedback with it. */
export interface SentHistory {
  /** Gives the packet its transport-wide number; its low 16 bits go on the wire. */
  sent(packet: Omit<SentPacket, 'sequence'>): SentPacket
  /** What is new in a message, in the order of sending. A packet is reported once: as arrived or, after a while, as lost. */
  results(feedback: TransportFeedback): PacketResult[]
  /** What seems lost since this was asked last: sooner than `results` is sure of it, soon enough for a repair. */
  suspects(): SentPacket[]
  readonly size: number
}

const KEEP_MS = 10_000
/**
 * A missing packet counts as lost when one that left so much later has arrived: feedback goes out every 50 ms (Chromium), and a packet
 * that was only overtaken is in the next one.
 */
const REORDER_MS = 40
/** A repair that was not needed costs little. */
const SUSPECT_MS = 8
const TICK_MS = 64
const TICKS = 2 ** 24
const SEQUENCES = 2 ** 16

export function createSentHistory(): SentHistory {
  /** In the order of sending: a Map keeps the order of insertion. */
  const waiting = new Map<number, SentPacket>()
  /** Reported as not arrived, and perhaps only late. */
  const missing = new Set<number>()
  /** Those of them that were not suspected yet. */
  const unsuspected = new Set<number>()
  /** Lost for certain before anybody asked for suspects. */
  let late: SentPacket[] = []
  let next = 0
  let ticks: number | null = null
  let newestSentAtMs = Number.NEGATIVE_INFINITY

  function forget(sequence: number): void {
    waiting.delete(sequence)
    missing.delete(sequence)
    unsuspected.delete(sequence)
  }

  function evict(nowMs: number): void {
    for (const [sequence, { sentAtMs }] of waiting) {
      if (sentAtMs > nowMs - KEEP_MS) return
      forget(sequence)
    }
  }

  function unwrapTicks(wire: number): number {
    ticks = ticks === null ? wire : ticks + signedDistance(wire - ticks, TICKS)
    return ticks
  }

  function lost(): PacketResult[] {
    const results: PacketResult[] = []
    for (const sequence of missing) {
      const sent = waiting.get(sequence)
      if (sent === undefined || sent.sentAtMs > newestSentAtMs - REORDER_MS) continue
      results.push({ sent, arrivedAtMs: null })
      if (unsuspected.has(sequence)) late.push(sent)
      forget(sequence)
    }
    return results
  }

  return {
    sent(packet) {
      evict(packet.sentAtMs)
      const numbered = { ...packet, sequence: next++ }
      waiting.set(numbered.sequence, numbered)
      return numbered
    },
    results({ baseSequence, referenceTicks, arrivalsMs }) {
      const last = next - 1
      // The newest number that it can mean: nothing is reported on before it was sent.
      const base = last - ((((last - baseSequence) % SEQUENCES) + SEQUENCES) % SEQUENCES)
      const referenceMs = unwrapTicks(referenceTicks) * TICK_MS
      const results: PacketResult[] = []
      for (const [index, afterMs] of arrivalsMs.entries()) {
        const sent = waiting.get(base + index)
        if (sent === undefined) continue
        if (afterMs === null) {
          if (!missing.has(sent.sequence)) unsuspected.add(sent.sequence)
          missing.add(sent.sequence)
          continue
        }
        results.push({ sent, arrivedAtMs: referenceMs + afterMs })
        forget(sent.sequence)
        newestSentAtMs = Math.max(newestSentAtMs, sent.sentAtMs)
      }
      results.push(...lost())
      return results.sort((a, b) => a.sent.sequence - b.sent.sequence)
    },
    suspects() {
      const suspects = late
      late = []
      for (const sequence of unsuspected) {
        const sent = waiting.get(sequence)
        if (sent !== undefined && sent.sentAtMs > newestSentAtMs - SUSPECT_MS) continue
        unsuspected.delete(sequence)
        if (sent !== undefined) suspects.push(sent)
      }
      return suspects
    },
    get size() {
      return waiting.size
    },
  }
}

/** The shortest way around a circle of numbers: from -modulus / 2 up to modulus / 2. */
function signedDistance(difference: number, modulus: number): number {
  const positive = ((difference % modulus) + modulus) % modulus
  return positive >= modulus / 2 ? positive - modulus : positive
}
