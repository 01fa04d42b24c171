/** A packet as the receiver has it in front of encryption, but for what changes with each sending: zeros there. */
export interface ProtectedPacket {
  readonly sequenceNumber: number
  /** The RTP header with its extensions. */
  readonly header: Buffer
  readonly payload: Buffer
}

/** Forward error correction: extra packets from which the receiver rebuilds lost ones without a round trip. */
export interface Protector {
  /**
   * Of the packets of one whole frame, in order: the payloads of what to send after them. `overhead`: extra packets for each packet, 0 and up;
   * fractions add up over frames.
   */
  protect(packets: readonly ProtectedPacket[], overhead: number): Buffer[]
}
