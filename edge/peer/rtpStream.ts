import { randomInt } from 'node:crypto'
import type { RtpFields } from './wireHeader.ts'

/** A packet as it left: what a retransmission needs again. */
export interface StreamPacket extends RtpFields {
  readonly payload: Buffer
}

/** The sending side of one RTP stream: its numbers, and the counts that a sender report carries. */
export class RtpStream {
  readonly ssrc: number
  #sequenceNumber = randomInt(0x8000)
  packets = 0
  octets = 0

  constructor(ssrc: number) {
    this.ssrc = ssrc
  }

  /** Numbers a packet, which has to leave now. */
  next(fields: Omit<StreamPacket, 'ssrc' | 'sequenceNumber'>): StreamPacket {
    const sequenceNumber = this.#sequenceNumber
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff
    this.packets = (this.packets + 1) >>> 0
    this.octets = (this.octets + fields.payload.length) >>> 0
    const { payloadType, timestamp, marker, extras, payload } = fields
    return { ssrc: this.ssrc, payloadType, sequenceNumber, timestamp, marker, extras, payload }
  }
}
