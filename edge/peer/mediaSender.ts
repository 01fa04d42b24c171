import {
  GenericNack,
  PictureLossIndication,
  type RTCDtlsTransport,
  type RtcpPacket,
  RtcpPayloadSpecificFeedback,
  RtcpTransportLayerFeedback,
  RtpHeader,
} from 'werift'
import { type ExtensionIds, extensionsFor } from './headerExtensions.ts'
import type { NegotiatedCodec } from './offer.ts'
import { RtpStream, type SentPacket } from './rtpStream.ts'
import { senderReport } from './senderReport.ts'

const HISTORY_MS = 1000
const RESEND_SPACING_MS = 10
const REPORT_MS = 1000

export interface MediaSenderOptions {
  readonly transport: RTCDtlsTransport
  readonly video: NegotiatedCodec & { readonly ssrc: number; readonly rtxSsrc: number }
  readonly audio: (NegotiatedCodec & { readonly ssrc: number }) | null
  readonly videoExtensions: ExtensionIds
  readonly audioExtensions: ExtensionIds
  readonly cname: string
  onKeyframeRequest(): void
}

/** RTP and RTCP of one connection, on werift's encrypted transport. werift's own sender keeps too short a history. */
export interface MediaSender {
  sendVideo(payload: Buffer, rtpTimestamp: number, marker: boolean): void
  sendAudio(payload: Buffer, rtpTimestamp: number): void
  close(): void
}

export function createMediaSender(options: MediaSenderOptions): MediaSender {
  const { transport, video, audio } = options
  const videoStream = new RtpStream(video.ssrc, HISTORY_MS)
  const retransmissions = new RtpStream(video.rtxSsrc, 0)
  const audioStream = audio === null ? null : new RtpStream(audio.ssrc, 0)
  const lastTimestamps = new Map<RtpStream, { rtpTimestamp: number; clockHz: number; atMs: number }>()
  let transportSequence = 0
  let frameTimestamp = -1

  function write(
    packet: SentPacket,
    ssrc: number,
    payloadType: number,
    ids: ExtensionIds,
    firstOfFrame: boolean,
  ) {
    transportSequence = (transportSequence + 1) & 0xffff
    const extensions = extensionsFor(ids, transportSequence, firstOfFrame)
    const header = new RtpHeader({
      version: 2,
      extension: extensions.length > 0,
      marker: packet.marker,
      payloadType,
      sequenceNumber: packet.sequenceNumber,
      timestamp: packet.timestamp,
      ssrc,
      extensions,
    })
    void transport.sendRtp(packet.payload, header)
  }

  function resend(lost: readonly number[]): void {
    const nowMs = performance.now()
    for (const sequenceNumber of lost) {
      const packet = videoStream.resend(sequenceNumber, nowMs, RESEND_SPACING_MS)
      if (packet === null) continue
      if (video.rtxPayloadType === null) {
        write(packet, video.ssrc, video.payloadType, options.videoExtensions, false)
        continue
      }
      // RFC 4588: the original sequence number comes before the original payload.
      const payload = Buffer.allocUnsafe(packet.payload.length + 2)
      payload.writeUInt16BE(packet.sequenceNumber)
      packet.payload.copy(payload, 2)
      const again = retransmissions.next(payload, packet.timestamp, packet.marker, nowMs)
      write(again, video.rtxSsrc, video.rtxPayloadType, options.videoExtensions, false)
    }
  }

  const rtcp = transport.onRtcp.subscribe((packet: RtcpPacket) => {
    if (packet instanceof RtcpPayloadSpecificFeedback) {
      const { feedback } = packet
      // werift does not export its class for full intra requests (RFC 5104).
      if (feedback instanceof PictureLossIndication || 'fir' in feedback) options.onKeyframeRequest()
    } else if (packet instanceof RtcpTransportLayerFeedback && packet.feedback instanceof GenericNack) {
      if (packet.feedback.mediaSourceSsrc === video.ssrc) resend(packet.feedback.lost)
    }
  })

  const reports = setInterval(() => {
    if (transport.state !== 'connected') return
    const nowMs = performance.now()
    for (const [stream, last] of lastTimestamps) {
      const rtpTimestamp = last.rtpTimestamp + ((nowMs - last.atMs) * last.clockHz) / 1000
      void transport.sendRtcp(senderReport(stream, rtpTimestamp, options.cname)).catch(() => {})
    }
  }, REPORT_MS)

  return {
    sendVideo(payload, rtpTimestamp, marker) {
      if (transport.state !== 'connected') return
      const nowMs = performance.now()
      const firstOfFrame = rtpTimestamp !== frameTimestamp
      frameTimestamp = rtpTimestamp
      const packet = videoStream.next(payload, rtpTimestamp, marker, nowMs)
      write(packet, video.ssrc, video.payloadType, options.videoExtensions, firstOfFrame)
      if (marker) lastTimestamps.set(videoStream, { rtpTimestamp, clockHz: 90_000, atMs: nowMs })
    },
    sendAudio(payload, rtpTimestamp) {
      if (audio === null || audioStream === null || transport.state !== 'connected') return
      const nowMs = performance.now()
      const packet = audioStream.next(payload, rtpTimestamp, false, nowMs)
      write(packet, audio.ssrc, audio.payloadType, options.audioExtensions, true)
      lastTimestamps.set(audioStream, { rtpTimestamp, clockHz: 48_000, atMs: nowMs })
    },
    close() {
      clearInterval(reports)
      rtcp.unSubscribe()
    },
  }
}
