import { RtpHeader } from 'werift'
import { type ExtensionIds, extensionsBytes, type PacketExtras, writeExtensions } from './headerExtensions.ts'

const FIXED_BYTES = 12
const MAX_BYTES = 128

/** What an RTP header says of a packet, but for what changes with each sending. */
export interface RtpFields {
  readonly ssrc: number
  readonly payloadType: number
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly marker: boolean
  readonly extras: PacketExtras
}

export const headerBytes = (ids: ExtensionIds, extras: PacketExtras): number =>
  FIXED_BYTES + extensionsBytes(ids, extras)

/**
 * One header object for all packets of a connection: werift reads it before `sendRtp` returns. Written here and not by werift, because
 * protection needs the very bytes that the receiver will see, but for what changes with sending.
 */
export class WireHeader extends RtpHeader {
  readonly #bytes = Buffer.alloc(MAX_BYTES)
  #length = FIXED_BYTES

  override get serializeSize(): number {
    return this.#length
  }

  override serialize(_size: number): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  /** `leaving` null: as it is before it has been sent, with zeros for what is only known then. */
  describe(
    fields: RtpFields,
    ids: ExtensionIds,
    leaving: { readonly transportSequence: number; readonly wallMs: number } | null,
    padded = false,
  ): this {
    const extensions = extensionsBytes(ids, fields.extras)
    const bytes = this.#bytes
    bytes[0] = 0x80 | (padded ? 0x20 : 0) | (extensions > 0 ? 0x10 : 0)
    bytes[1] = (fields.marker ? 0x80 : 0) | fields.payloadType
    bytes.writeUInt16BE(fields.sequenceNumber, 2)
    bytes.writeUInt32BE(fields.timestamp, 4)
    bytes.writeUInt32BE(fields.ssrc, 8)
    if (extensions > 0) writeExtensions(bytes, FIXED_BYTES, extensions, ids, fields.extras, leaving)
    this.#length = FIXED_BYTES + extensions
    this.ssrc = fields.ssrc
    this.sequenceNumber = fields.sequenceNumber
    return this
  }
}
