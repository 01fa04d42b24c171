import type { ProbeCluster } from '../congestion/controller.ts'
import type { PacedPacket } from '../packet.ts'

/** The stage that spreads packets over time: by kind, and never more than a few ms' worth at once. */
export interface Pacer {
  /** Sends at once what may leave at once. The packets of one frame come together: pushed in one call. */
  push(packets: readonly PacedPacket[]): void
  /** Bits a second on the wire while a backlog drains. */
  setRate(bps: number): void
  /** The next packets go at this rate, filled up with padding where there is too little. */
  probe(cluster: ProbeCluster): void
  readonly queuedBytes: number
  /** How long what waits now takes at the present rate. */
  readonly queuedMs: number
  close(): void
}

export interface PacerOptions {
  nowMs(): number
  /** Calls back in so many ms; returns what calls it off. Fractions may be rounded. */
  after(ms: number, callback: () => void): () => void
  /** A packet to fill a probe with, about so large; null where there is none. */
  padding(bytes: number): PacedPacket | null
  /** Video waited for too long and was dropped: what is needed next is a keyframe. Again with each frame dropped for want of one. */
  onDropped(): void
}
