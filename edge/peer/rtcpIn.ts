import type { RTCDtlsTransport } from 'werift'
import type { TransportFeedback } from '../transport/congestion/feedback.ts'
import type { ReportTimes } from './pathRtt.ts'
import { readTransportFeedback } from './transportFeedback.ts'

/** What a browser says of what it receives. */
export type RtcpMessage =
  /** PLI (RFC 4585) or FIR (RFC 5104). */
  | { readonly kind: 'keyframe' }
  | { readonly kind: 'nack'; readonly ssrc: number; readonly lost: readonly number[] }
  | { readonly kind: 'transport'; readonly feedback: TransportFeedback }
  /** It receives the stream of this SSRC. */
  | { readonly kind: 'received'; readonly ssrc: number; readonly times: ReportTimes }
  /** The middle 32 bits of the browser's NTP time (RFC 3611 section 4.4), from this SSRC of its own. */
  | { readonly kind: 'reference'; readonly ssrc: number; readonly middle: number }

const RECEIVER_REPORT = 201
const TRANSPORT_FEEDBACK = 205
const PAYLOAD_FEEDBACK = 206
const EXTENDED_REPORT = 207
const NACK = 1
const TRANSPORT_WIDE = 15
const PLI = 1
const FIR = 4
const REFERENCE_TIME = 4

/**
 * Of one decrypted compound packet. werift reads some of it, but takes what follows a NACK in the same packet for more lost numbers,
 * and knows no extended reports. What is unknown or cut off is left out.
 */
export function readRtcp(compound: Buffer): RtcpMessage[] {
  const messages: RtcpMessage[] = []
  for (let at = 0; at + 8 <= compound.length; ) {
    const end = at + 4 + 4 * compound.readUInt16BE(at + 2)
    if (end > compound.length) break
    try {
      // RFC 3550 section 6.4.1: the last byte of padding says how much of it there is.
      const padding = (compound.readUInt8(at) & 0x20) === 0 ? 0 : compound.readUInt8(end - 1)
      messages.push(...readOne(compound.subarray(at, end - padding)))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
    at = end
  }
  return messages
}

function readOne(packet: Buffer): RtcpMessage[] {
  const format = packet.readUInt8(0) & 0x1f
  switch (packet.readUInt8(1)) {
    case RECEIVER_REPORT:
      return Array.from({ length: format }, (_, nth) => ({
        kind: 'received',
        ssrc: packet.readUInt32BE(8 + 24 * nth),
        times: {
          lastReport: packet.readUInt32BE(24 + 24 * nth),
          delay: packet.readUInt32BE(28 + 24 * nth),
        },
      }))
    case PAYLOAD_FEEDBACK:
      return format === PLI || format === FIR ? [{ kind: 'keyframe' }] : []
    case TRANSPORT_FEEDBACK:
      if (format === NACK) return [{ kind: 'nack', ssrc: packet.readUInt32BE(8), lost: readNack(packet) }]
      if (format !== TRANSPORT_WIDE) return []
      return [{ kind: 'transport', feedback: readTransportFeedback(packet.subarray(12)) }]
    case EXTENDED_REPORT:
      return readReference(packet)
    default:
      return []
  }
}

/** Each word is a number and a mask of the sixteen after it (RFC 4585 section 6.2.1). */
function readNack(packet: Buffer): number[] {
  const lost: number[] = []
  for (let at = 12; at < packet.length; at += 4) {
    const first = packet.readUInt16BE(at)
    const mask = packet.readUInt16BE(at + 2)
    lost.push(first)
    for (let bit = 0; bit < 16; bit++) if ((mask >> bit) & 1) lost.push((first + 1 + bit) & 0xffff)
  }
  return lost
}

function readReference(packet: Buffer): RtcpMessage[] {
  for (let at = 8; at + 4 <= packet.length; at += 4 + 4 * packet.readUInt16BE(at + 2)) {
    if (packet.readUInt8(at) !== REFERENCE_TIME) continue
    return [{ kind: 'reference', ssrc: packet.readUInt32BE(4), middle: packet.readUInt32BE(at + 6) }]
  }
  return []
}

/** Calls back with each message of the browser. Returns what ends it. */
export function onRtcp(transport: RTCDtlsTransport, callback: (message: RtcpMessage) => void): () => void {
  const { unSubscribe } = transport.iceTransport.connection.onData.subscribe((data) => {
    // RFC 5761 section 4: what tells RTCP from RTP on one port.
    const type = data[1] ?? 0
    if (type < 192 || type > 223 || transport.state !== 'connected') return
    for (const message of decrypted(transport, data)) callback(message)
  })
  return unSubscribe
}

function decrypted(transport: RTCDtlsTransport, data: Buffer): RtcpMessage[] {
  try {
    return readRtcp(transport.srtcp.decrypt(data))
  } catch {
    // Not from the browser: whoever knows the port can send there.
    return []
  }
}
