import {
  RtcpSenderInfo,
  RtcpSourceDescriptionPacket,
  RtcpSrPacket,
  SourceDescriptionChunk,
  SourceDescriptionItem,
} from 'werift'
import { ntpOf } from './headerExtensions.ts'

const CNAME = 1

/** RFC 3550 section 6.4.1: ties the stream's timestamps to the wall clock. */
export function senderReport(
  stream: { readonly ssrc: number; readonly packets: number; readonly octets: number },
  at: { readonly wallMs: number; readonly rtpTimestamp: number },
  cname: string,
): [RtcpSrPacket, RtcpSourceDescriptionPacket] {
  return [
    new RtcpSrPacket({
      ssrc: stream.ssrc,
      senderInfo: new RtcpSenderInfo({
        ntpTimestamp: ntpOf(at.wallMs),
        rtpTimestamp: at.rtpTimestamp >>> 0,
        packetCount: stream.packets,
        octetCount: stream.octets,
      }),
    }),
    new RtcpSourceDescriptionPacket({
      chunks: [
        new SourceDescriptionChunk({
          source: stream.ssrc,
          items: [new SourceDescriptionItem({ type: CNAME, text: cname })],
        }),
      ],
    }),
  ]
}
