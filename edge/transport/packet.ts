/** What leaves towards the browser, in the order in which it leaves when several wait. RTCP never waits. */
export const packetKinds = ['audio', 'retransmission', 'video', 'fec', 'probe'] as const
export type PacketKind = (typeof packetKinds)[number]

/** One RTP packet that may wait: numbered in its own stream, not yet in the transport's (that happens as it leaves). */
export interface PacedPacket {
  readonly kind: PacketKind
  /** On the wire, RTP header and extensions included, without SRTP, UDP and IP. */
  readonly bytes: number
  /** Packets of one frame share it; -1 where that means nothing. */
  readonly frame: number
  /** Writes it out now. `probeId`: the probe cluster that it is part of, null outside one. */
  send(nowMs: number, probeId: number | null): void
}
