/**
 * What leaves towards the browser, in the order in which it leaves when several wait. RTCP never waits. Protection goes before video
 * because it belongs to the video that has just left.
 */
export const packetKinds = ['audio', 'retransmission', 'fec', 'video', 'probe'] as const
export type PacketKind = (typeof packetKinds)[number]

/** One RTP packet that may wait. It gets its numbers as it leaves, so that what is dropped before leaves no gap. */
export interface PacedPacket {
  readonly kind: PacketKind
  /** On the wire, RTP header and extensions included, without SRTP, UDP and IP. */
  readonly bytes: number
  /** Packets of one frame share it; -1 where that means nothing. */
  readonly frame: number
  /** Part of a keyframe: what follows it can do without all that came before it. */
  readonly keyframe: boolean
  /** Writes it out now. `probeId`: the probe cluster that it is part of, null outside one. */
  send(nowMs: number, probeId: number | null): void
}
