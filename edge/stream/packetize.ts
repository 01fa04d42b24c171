import { packetizeH264 } from './packetizeH264.ts'
import { packetizeVp8 } from './packetizeVp8.ts'
import type { EncodedFrame, VideoCodec } from './stages.ts'

/** Leaves room for RTP and its extensions, SRTP's tag, UDP and IPv6 within the 1280 bytes that every path carries. */
export const MAX_PAYLOAD_BYTES = 1180

/** The stage between encoder and pacer: one frame in, its RTP payloads out; the last one ends the frame. */
export function createPacketizer(codec: VideoCodec): (frame: EncodedFrame) => Buffer[] {
  if (codec === 'h264') return (frame) => packetizeH264(frame.data, MAX_PAYLOAD_BYTES)
  let pictureId = 0
  return (frame) => {
    pictureId = (pictureId + 1) & 0x7fff
    return packetizeVp8(frame.data, pictureId, MAX_PAYLOAD_BYTES)
  }
}
