import type { Signal } from '../../config/protocol/signal.ts'

/** Signals that wait until the other end is there, in order and bounded. */
export interface HeldSignals {
  /** False when there is no room for it. */
  hold(signal: Signal): boolean
  /** Hands on what is held, oldest first, until `send` says no; that one and what follows stay. */
  release(send: (signal: Signal) => boolean): void
  /** Keeps only each player's latest attempt to connect: the one that it was held for is gone. */
  keepLatestPeers(): void
  readonly size: number
}

const sizeOf = (signal: Signal): number =>
  signal.kind === 'offer' || signal.kind === 'answer' ? signal.sdp.length : 200

export function createHeldSignals(maxSignals: number, maxChars: number): HeldSignals {
  let held: Signal[] = []
  let chars = 0
  return {
    hold(signal) {
      const size = sizeOf(signal)
      if (held.length >= maxSignals || chars + size > maxChars) return false
      held.push(signal)
      chars += size
      return true
    },
    release(send) {
      const refusedAt = held.findIndex((signal) => !send(signal))
      held = refusedAt === -1 ? [] : held.slice(refusedAt)
      chars = held.reduce((sum, signal) => sum + sizeOf(signal), 0)
    },
    keepLatestPeers() {
      const latest = new Map<number, string>()
      for (const { kind, peerId, player = 1 } of held) if (kind === 'offer') latest.set(player, peerId)
      held = held.filter(({ peerId, player = 1 }) => latest.get(player) === peerId)
      chars = held.reduce((sum, signal) => sum + sizeOf(signal), 0)
    },
    get size() {
      return held.length
    },
  }
}
