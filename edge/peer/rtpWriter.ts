import type { RTCDtlsTransport } from 'werift'
import type { SentHistory } from '../transport/congestion/feedback.ts'
import type { SentPacket } from '../transport/congestion/controller.ts'
import type { PacketKind } from '../transport/packet.ts'
import type { ExtensionIds } from './headerExtensions.ts'
import type { StreamPacket } from './rtpStream.ts'
import { headerBytes, WireHeader } from './wireHeader.ts'

export interface WriteOptions {
  readonly kind: PacketKind
  readonly ids: ExtensionIds
  readonly probeId: number | null
  /** RTP sequence number of the packet of the picture that it carries. */
  readonly carries?: number
  /** The payload ends in RTP padding. */
  readonly padded?: boolean
}

export interface RtpWriter {
  /**
   * Encrypts and sends now. The transport-wide number is taken in the same breath: numbers rise in the order in which packets leave,
   * whatever their streams.
   */
  write(packet: StreamPacket, options: WriteOptions): void
}

export function createRtpWriter(
  transport: Pick<RTCDtlsTransport, 'sendRtp'>,
  sentHistory: Pick<SentHistory, 'sent'>,
  onSent: (packet: SentPacket) => void,
): RtpWriter {
  const header = new WireHeader()
  return {
    write(packet, { kind, ids, probeId, carries, padded = false }) {
      const sentAtMs = performance.now()
      const leaving = { transportSequence: 0, wallMs: performance.timeOrigin + sentAtMs }
      if (ids.transportWide !== null) {
        const bytes = headerBytes(ids, packet.extras) + packet.payload.length
        const sent = sentHistory.sent({
          kind,
          bytes,
          sentAtMs,
          probeId,
          ...(carries === undefined ? {} : { carries }),
        })
        leaving.transportSequence = sent.sequence
        onSent(sent)
      }
      // It encrypts and hands to the socket before its first await, and never rejects.
      void transport.sendRtp(packet.payload, header.describe(packet, ids, leaving, padded))
    },
  }
}
