import { AV_CHANNEL_LAYOUT_STEREO, AV_SAMPLE_FMT_S16, FF_ENCODER_LIBOPUS } from 'node-av/constants'
import { Codec, CodecContext, Dictionary, FFmpegError, Frame, Packet, Rational } from 'node-av/lib'
import { quietFfmpeg } from './ffmpegLog.ts'

export const OPUS_RATE_HZ = 48_000
const CHANNELS = 2
const BYTES_PER_SAMPLE = 2

export interface OpusEncoder {
  /** Bytes of interleaved s16le that one call takes. */
  readonly blockBytes: number
  /** Samples a channel in one block: what the RTP timestamp moves on by. */
  readonly blockSamples: number
  /** One Opus packet for one block; blocks for about 0.1 ms. Throws on a block of another size. */
  encode(pcm: Buffer): Buffer | null
  close(): void
}

/**
 * 48 kHz stereo in restricted low-delay mode: 2.5 ms of lookahead instead of 6.5 ms. Opus's own error correction is not for it: only the
 * speech modes carry it, and turning it on puts music at 128 kbit/s into a hybrid mode, with only what is below 8 kHz protected.
 */
export async function createOpusEncoder(options: {
  blockMs: number
  bitrateBps: number
}): Promise<OpusEncoder> {
  const blockSamples = (OPUS_RATE_HZ * options.blockMs) / 1000
  const blockBytes = blockSamples * CHANNELS * BYTES_PER_SAMPLE
  const codec = Codec.findEncoderByName(FF_ENCODER_LIBOPUS)
  if (codec === null) throw new Error('this FFmpeg has no libopus')
  quietFfmpeg()
  const context = new CodecContext()
  context.allocContext3(codec)
  context.sampleRate = OPUS_RATE_HZ
  context.sampleFormat = AV_SAMPLE_FMT_S16
  context.channelLayout = AV_CHANNEL_LAYOUT_STEREO
  context.timeBase = new Rational(1, OPUS_RATE_HZ)
  context.bitRate = BigInt(options.bitrateBps)
  const opened = await context.open2(
    codec,
    Dictionary.fromObject({
      application: 'lowdelay',
      frame_duration: options.blockMs,
      vbr: 'on',
      compression_level: 5,
    }),
  )
  if (opened < 0) {
    context.freeContext()
    throw new Error(`open libopus: ${new FFmpegError(opened).message}`)
  }
  const frame = new Frame()
  frame.alloc()
  frame.format = AV_SAMPLE_FMT_S16
  frame.sampleRate = OPUS_RATE_HZ
  frame.channelLayout = AV_CHANNEL_LAYOUT_STEREO
  frame.nbSamples = blockSamples
  frame.getBuffer(0)
  const samples = frame.data?.[0]
  if (samples === undefined) throw new Error('the sound frame has no buffer')
  const packet = new Packet()
  packet.alloc()
  let pts = 0n

  return {
    blockBytes,
    blockSamples,
    encode(pcm) {
      if (pcm.length !== blockBytes) throw new RangeError(`a block is ${blockBytes} bytes, not ${pcm.length}`)
      pcm.copy(samples)
      frame.pts = pts
      pts += BigInt(blockSamples)
      const sent = context.sendFrameSync(frame)
      if (sent < 0) throw new Error(`encode sound: ${new FFmpegError(sent).message}`)
      if (context.receivePacketSync(packet) < 0) return null
      const { data } = packet
      if (data === null) return null
      const encoded = Buffer.from(data)
      packet.unref()
      return encoded
    },
    close() {
      packet.free()
      frame.free()
      context.freeContext()
    },
  }
}
