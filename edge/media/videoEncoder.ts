import { readFileSync } from 'node:fs'
import {
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  FF_THREAD_SLICE,
} from 'node-av/constants'
import { Codec, CodecContext, Dictionary, FFmpegError, Packet, Rational } from 'node-av/lib'
import { quietFfmpeg, quietSvt } from './ffmpegLog.ts'
import type { Picture } from './picture.ts'
import { type OpenedRate, reopenDue } from './rateSteps.ts'
import { type EncoderOptions, type EncoderSettings, encoderOptions } from './videoEncoderOptions.ts'
import { x264Instructions } from './x264Cpu.ts'

export interface EncodedPicture {
  /** Annex B for H.264, a frame for VP8 and VP9, a temporal unit for AV1; each keyframe is decodable from nothing. A copy: it outlives the encoder. */
  readonly data: Buffer
  readonly keyframe: boolean
}

export interface VideoEncoder {
  readonly widthPx: number
  readonly heightPx: number
  /**
   * Encodes off the event loop; the picture must stay as it is until the promise settles. One call at a time.
   * Null: the encoder chose to drop the picture. Rejects with FFmpeg's message when the encoder fails.
   */
  encode(picture: Picture, ptsUs: number): Promise<EncodedPicture | null>
  /** The next picture becomes a keyframe. */
  requestKeyframe(): void
  /**
   * H.264: takes effect at the next picture. The others follow in steps (see `reopenDue`), each with a keyframe, because their rate is fixed
   * while they are open.
   */
  setBitrate(bps: number): void
  /** Call only while no encode is running. */
  close(): void
}

const MICROSECONDS = new Rational(1, 1_000_000)

export type VideoEncoderSettings = Omit<EncoderSettings, 'instructions'>

export async function createVideoEncoder(wanted: VideoEncoderSettings): Promise<VideoEncoder> {
  const settings: EncoderSettings = { ...wanted, instructions: x264Instructions(readCpuInfo()) }
  const optionsAt = (bitrateBps: number) => encoderOptions[settings.codec]({ ...settings, bitrateBps })
  let bitrateBps = settings.bitrateBps
  let opened: OpenedRate | null = null
  let keyframeWanted = true
  let context = await openContext(settings, optionsAt(bitrateBps))
  const packet = new Packet()
  packet.alloc()

  async function applyBitrate(nowUs: number): Promise<void> {
    opened ??= { bitrateBps: settings.bitrateBps, atUs: nowUs }
    if (opened.bitrateBps === bitrateBps) return
    const options = optionsAt(bitrateBps)
    if (options.rateFollows) {
      applyRate(context, options)
    } else {
      if (!reopenDue(opened, bitrateBps, nowUs)) return
      const next = await openContext(settings, options)
      context.freeContext()
      context = next
      keyframeWanted = true
    }
    opened = { bitrateBps, atUs: nowUs }
  }

  return {
    widthPx: settings.widthPx,
    heightPx: settings.heightPx,
    async encode(picture, ptsUs) {
      await applyBitrate(ptsUs)
      const { frame } = picture
      frame.pts = BigInt(Math.round(ptsUs))
      frame.pictType = keyframeWanted ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
      keyframeWanted = false
      check(await context.sendFrame(frame), 'encode')
      // The work is done in sendFrame; without lookahead the packet is there at once.
      if (context.receivePacketSync(packet) < 0) return null
      const { data } = packet
      if (data === null) return null
      const encoded = { data: Buffer.from(data), keyframe: packet.isKeyframe }
      packet.unref()
      return encoded
    },
    requestKeyframe() {
      keyframeWanted = true
    },
    setBitrate(bps) {
      bitrateBps = bps
    },
    close() {
      packet.free()
      context.freeContext()
    },
  }
}

async function openContext(settings: EncoderSettings, options: EncoderOptions): Promise<CodecContext> {
  const codec = Codec.findEncoderByName(options.encoder)
  if (codec === null) throw new Error(`this FFmpeg has no ${options.encoder}`)
  quietFfmpeg()
  if (settings.codec === 'av1') quietSvt()
  const context = new CodecContext()
  context.allocContext3(codec)
  context.width = settings.widthPx
  context.height = settings.heightPx
  context.pixelFormat = AV_PIX_FMT_YUV420P
  context.colorRange = AVCOL_RANGE_MPEG
  context.colorSpace = AVCOL_SPC_SMPTE170M
  context.timeBase = MICROSECONDS
  context.framerate = new Rational(settings.fps, 1)
  context.gopSize = options.keyframeIntervalFrames
  context.maxBFrames = 0
  context.threadCount = settings.threads
  context.threadType = FF_THREAD_SLICE
  applyRate(context, options)
  const failure = await context.open2(codec, Dictionary.fromObject(options.dictionary))
  if (failure < 0) {
    context.freeContext()
    check(failure, `open ${options.encoder}`)
  }
  return context
}

function applyRate(context: CodecContext, options: EncoderOptions): void {
  context.bitRate = BigInt(options.bitrateBps)
  context.rcMaxRate = BigInt(options.bitrateBps)
  context.rcBufferSize = options.bufferBits
}

function check(code: number, doing: string): void {
  if (code < 0) throw new Error(`${doing}: ${new FFmpegError(code).message}`)
}

function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'latin1')
  } catch {
    return ''
  }
}
