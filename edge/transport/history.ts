/** Half of the number space: beyond that a number says nothing any more. */
const MAX_SLOTS = 0x8000
const MIN_SLOTS = 512

interface Slot<T> {
  readonly sequenceNumber: number
  readonly packet: T
  readonly sentAtMs: number
  resentAtMs: number
}

/** What was sent lately, by RTP sequence number, to be sent again. */
export interface History<T> {
  add(sequenceNumber: number, packet: T, nowMs: number): void
  /** What is known of a packet: `gone` is one that was kept for too long to be of use; null for one that is not known any more. */
  look(sequenceNumber: number, nowMs: number): { readonly packet: T; readonly gone: boolean } | null
  /**
   * The packet to send again; null when it is unknown, too old to be of use, or went out again after `sinceMs`: each of
   * several NACKs within one round trip asks for the same packet.
   */
  resend(sequenceNumber: number, nowMs: number, sinceMs: number): T | null
  /** One that was given to be sent again leaves now, or its copy. */
  sentAgain(sequenceNumber: number, nowMs: number): void
  /** Older ones are of no use any more: the browser starts anew with what comes next. */
  forget(): void
}

/** Keeps packets for `keepMs`, however many that are: it grows with the rate, and never over half the number space. */
export function createHistory<T>(keepMs: number): History<T> {
  let slots: (Slot<T> | undefined)[] = new Array(MIN_SLOTS)

  function grow(): void {
    const larger: (Slot<T> | undefined)[] = new Array(slots.length * 2)
    for (const slot of slots) {
      if (slot !== undefined) larger[slot.sequenceNumber % larger.length] = slot
    }
    slots = larger
  }

  function slotOf(sequenceNumber: number): Slot<T> | null {
    const slot = slots[sequenceNumber % slots.length]
    return slot?.sequenceNumber === sequenceNumber ? slot : null
  }

  return {
    add(sequenceNumber, packet, nowMs) {
      const taken = slots[sequenceNumber % slots.length]
      if (taken !== undefined && nowMs - taken.sentAtMs <= keepMs && slots.length < MAX_SLOTS) grow()
      slots[sequenceNumber % slots.length] = {
        sequenceNumber,
        packet,
        sentAtMs: nowMs,
        resentAtMs: -Infinity,
      }
    },
    look(sequenceNumber, nowMs) {
      const slot = slotOf(sequenceNumber)
      return slot && { packet: slot.packet, gone: nowMs - slot.sentAtMs > keepMs }
    },
    resend(sequenceNumber, nowMs, sinceMs) {
      const slot = slotOf(sequenceNumber)
      if (slot === null || nowMs - slot.sentAtMs > keepMs || slot.resentAtMs > sinceMs) return null
      slot.resentAtMs = nowMs
      return slot.packet
    },
    sentAgain(sequenceNumber, nowMs) {
      const slot = slotOf(sequenceNumber)
      if (slot !== null) slot.resentAtMs = nowMs
    },
    forget() {
      slots.fill(undefined)
    },
  }
}
