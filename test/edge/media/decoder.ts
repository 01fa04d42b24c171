import { AV_CODEC_ID_H264, AV_CODEC_ID_VP8 } from 'node-av/constants'
import { Codec, CodecContext, Frame, Packet } from 'node-av/lib'

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

/** FFmpeg's decoder: an independent judge of what the encoder wrote. */
export async function createDecoder(codecName: 'h264' | 'vp8'): Promise<Decoder> {
  const codec = Codec.findDecoder(codecName === 'h264' ? AV_CODEC_ID_H264 : AV_CODEC_ID_VP8)
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
