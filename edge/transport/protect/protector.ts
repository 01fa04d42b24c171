/** A packet as it goes into protection: with its number, before encryption. */
export interface MediaPacket {
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly marker: boolean
  readonly payloadType: number
  readonly ssrc: number
  /** What follows the RTP header and its extensions. */
  readonly payload: Buffer
}

/** Forward error correction: extra packets from which the receiver rebuilds lost ones without a round trip. */
export interface Protector {
  /**
   * Of the packets of one whole frame: what to send after them. `overhead`: extra packets for each packet, 0 and up.
   */
  protect(packets: readonly MediaPacket[], overhead: number, keyframe: boolean): readonly Buffer[]
}
