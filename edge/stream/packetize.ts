import { packetizeAv1 } from './packetize/av1.ts'
import { packetizeH264 } from './packetize/h264.ts'
import { packetizeVp8 } from './packetize/vp8.ts'
import { packetizeVp9 } from './packetize/vp9.ts'
import type { EncodedFrame, VideoCodec } from './stages.ts'

/**
 * What is left of the 1280 bytes that every IPv6 path carries: less IP 40, UDP 8, a TURN channel's header 4, RTP 12, extensions 32,
 * a retransmission's number 2 or a repair packet's own header 28, SRTP's tag 16.
 */
export const MAX_PAYLOAD_BYTES = 1140

export type Packetizer = (frame: Pick<EncodedFrame, 'data' | 'keyframe'>) => Buffer[]

/** The stage between encoder and pacer: one frame in, its RTP payloads out; the last one ends the frame. */
export function createPacketizer(codec: VideoCodec): Packetizer {
  let pictureId = 0
  const nextPictureId = () => {
    pictureId = (pictureId + 1) & 0x7fff
    return pictureId
  }
  switch (codec) {
    case 'h264':
      return ({ data }) => packetizeH264(data, MAX_PAYLOAD_BYTES)
    case 'vp8':
      return ({ data }) => packetizeVp8(data, nextPictureId(), MAX_PAYLOAD_BYTES)
    case 'vp9':
      return ({ data }) => packetizeVp9(data, nextPictureId(), MAX_PAYLOAD_BYTES)
    case 'av1':
      return ({ data, keyframe }) => packetizeAv1(data, keyframe, MAX_PAYLOAD_BYTES)
    default:
      return codec satisfies never
  }
}
