import {
  RtcpSenderInfo,
  RtcpSourceDescriptionPacket,
  RtcpSrPacket,
  SourceDescriptionChunk,
  SourceDescriptionItem,
} from 'werift'

const SECONDS_1900_TO_1970 = 2_208_988_800
const CNAME = 1

/** RFC 3550 section 6.4.1: ties the stream's timestamps to the wall clock, here at this very moment. */
export function senderReport(
  stream: { readonly ssrc: number; readonly packets: number; readonly octets: number },
  rtpTimestampNow: number,
  cname: string,
): [RtcpSrPacket, RtcpSourceDescriptionPacket] {
  return [
    new RtcpSrPacket({
      ssrc: stream.ssrc,
      senderInfo: new RtcpSenderInfo({
        ntpTimestamp: ntpOf(performance.timeOrigin + performance.now()),
        rtpTimestamp: Math.round(rtpTimestampNow) >>> 0,
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

/** 32.32 fixed-point seconds since 1900. */
function ntpOf(unixMs: number): bigint {
  const seconds = Math.floor(unixMs / 1000)
  const fraction = Math.floor(((unixMs - seconds * 1000) / 1000) * 2 ** 32)
  return (BigInt(seconds + SECONDS_1900_TO_1970) << 32n) | BigInt(fraction)
}
