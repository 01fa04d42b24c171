import {
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  FF_DECODER_LIBDAV1D,
} from 'node-av/constants'
import { Codec, CodecContext, Frame, Packet } from 'node-av/lib'
import type { VideoCodec } from '../../../edge/stream/stages.ts'

export interface Decoded {
  readonly widthPx: number
  readonly heightPx: number
  readonly colorSpace: number
  readonly colorRange: number
  /** Y, U, V of the sample at these coordinates. */
  at(x: number, y: number): [number, number, number]
}

export interface Decoder {
  /** Null where the data gives no picture. */
  decode(data: Buffer): Decoded | null
  close(): void
}

const ids = {
  h264: AV_CODEC_ID_H264,
  vp8: AV_CODEC_ID_VP8,
  vp9: AV_CODEC_ID_VP9,
  av1: AV_CODEC_ID_AV1,
} as const

/** FFmpeg's decoder: an independent judge of what the encoder wrote. */
export async function createDecoder(codecName: VideoCodec): Promise<Decoder> {
  // FFmpeg's own AV1 decoder needs a GPU.
  const codec =
    codecName === 'av1' ? Codec.findDecoderByName(FF_DECODER_LIBDAV1D) : Codec.findDecoder(ids[codecName])
  if (codec === null) throw new Error(`no ${codecName} decoder`)
  const context = new CodecContext()
  context.allocContext3(codec)
  context.threadCount = 1
  await context.open2(codec, null)
  const frame = new Frame()
  frame.alloc()
  return {
    decode(data) {
      const packet = new Packet()
      packet.alloc()
      packet.data = data
      const sent = context.sendPacketSync(packet)
      packet.free()
      if (sent < 0 || context.receiveFrameSync(frame) < 0) return null
      const planes = frame.data ?? []
      const strides = frame.linesize
      const copies = planes.map((plane) => Buffer.from(plane))
      const read = (index: number, x: number, y: number) =>
        copies[index]?.[y * (strides[index] ?? 0) + x] ?? -1
      return {
        widthPx: frame.width,
        heightPx: frame.height,
        colorSpace: frame.colorSpace,
        colorRange: frame.colorRange,
        at: (x, y) => [read(0, x, y), read(1, x >> 1, y >> 1), read(2, x >> 1, y >> 1)],
      }
    },
    close() {
      frame.free()
      context.freeContext()
    },
  }
}
