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
import { quietFfmpeg } from './ffmpegLog.ts'
import type { Picture } from './picture.ts'
import { type EncoderOptions, type EncoderSettings, h264Options, vp8Options } from './videoEncoderOptions.ts'
import { x264Instructions } from './x264Cpu.ts'

export interface EncodedPicture {
  /** Annex B for H.264 with parameter sets before each keyframe; one frame for VP8. A copy: it outlives the encoder. */
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
  /** Takes effect at the next picture; VP8 is opened anew, with a keyframe, because libvpx's rate is fixed in FFmpeg. */
  setBitrate(bps: number): void
  /** Call only while no encode is running. */
  close(): void
}

/** A new VP8 rate costs a keyframe: smaller changes than this are not worth one. */
const VP8_TOLERANCE = 0.1

const MICROSECONDS = new Rational(1, 1_000_000)

export type VideoEncoderSettings = Omit<EncoderSettings, 'instructions'>

export async function createVideoEncoder(wanted: VideoEncoderSettings): Promise<VideoEncoder> {
  const settings: EncoderSettings = { ...wanted, instructions: x264Instructions(readCpuInfo()) }
  const optionsFor = settings.codec === 'h264' ? h264Options : vp8Options
  let bitrateBps = settings.bitrateBps
  let bitrateChanged = false
  let keyframeWanted = true
  let context = await openContext(settings, optionsFor({ ...settings, bitrateBps }))
  const packet = new Packet()
  packet.alloc()

  async function applyBitrate(): Promise<void> {
    bitrateChanged = false
    const options = optionsFor({ ...settings, bitrateBps })
    if (settings.codec === 'h264') {
      applyRate(context, options)
      return
    }
    context.freeContext()
    context = await openContext(settings, options)
    keyframeWanted = true
  }

  return {
    widthPx: settings.widthPx,
    heightPx: settings.heightPx,
    async encode(picture, ptsUs) {
      if (bitrateChanged) await applyBitrate()
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
      const change = Math.abs(bps - bitrateBps) / bitrateBps
      if (change === 0 || (settings.codec === 'vp8' && change < VP8_TOLERANCE)) return
      bitrateBps = bps
      bitrateChanged = true
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
