import type { PacketKind } from '../packet.ts'

/** All times are ms with fractions on one local monotonic clock, but for `arrivedAtMs`: that is the receiver's clock. */
export interface SentPacket {
  /** Transport-wide sequence number, unwrapped: it never goes back to zero. */
  readonly sequence: number
  readonly kind: PacketKind
  /** RTP header and payload. */
  readonly bytes: number
  readonly sentAtMs: number
  readonly probeId: number | null
  /** RTP sequence number of the packet of the picture that it carries, for the first time or again. */
  readonly carries?: number
}

/** What a transport-wide feedback message says of one packet that we sent. */
export interface PacketResult {
  readonly sent: SentPacket
  /** On the receiver's clock; null: not arrived when the feedback was made. */
  readonly arrivedAtMs: number | null
}

export interface ProbeCluster {
  readonly id: number
  readonly rateBps: number
  /** Enough of both, or the cluster says nothing. */
  readonly minPackets: number
  readonly minBytes: number
}

export interface Estimate {
  /** What all packets together may take. */
  readonly targetBps: number
  /** How fast the pacer may send while a backlog drains: above the target. */
  readonly pacingBps: number
  readonly rttMs: number | null
  /** Smoothed share of packets that did not arrive, 0 to 1; retransmitted ones count as lost. */
  readonly lossRatio: number
  /** How many packets are lost in a row, on average; at least 1. */
  readonly lossBurst: number
  /** The queue on the way grows, is steady, or drains. */
  readonly usage: 'overuse' | 'normal' | 'underuse'
}

export interface RateBounds {
  readonly minBps: number
  readonly startBps: number
  readonly maxBps: number
}

/** Decides how much may be sent. Pure but for its own state: time and facts come in, decisions go out. */
export interface CongestionController {
  readonly estimate: Estimate
  onSent(packet: SentPacket): void
  /** One feedback message: results in the order of sending, each packet in at most one `arrived` result. */
  onFeedback(results: readonly PacketResult[], nowMs: number): void
  /**
   * To be called every 25 ms or so. `queuedBytes`: what waits in the pacer: an empty one over time means that the application has no more to
   * send (application-limited): then nothing is concluded from a low rate.
   */
  onTick(nowMs: number, queuedBytes: number): void
  /** The probe to send next, once; null for none. Asked after each feedback and tick. */
  takeProbe(nowMs: number): ProbeCluster | null
  /** The player's cap and what the stream can use. */
  setBounds(bounds: RateBounds): void
  /** The network path changed (another address): what was learnt is void. */
  reset(nowMs: number): void
}
