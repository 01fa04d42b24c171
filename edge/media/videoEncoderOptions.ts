import {
  FF_ENCODER_LIBSVTAV1,
  FF_ENCODER_LIBVPX_VP8,
  FF_ENCODER_LIBVPX_VP9,
  FF_ENCODER_LIBX264,
} from 'node-av/constants'
import type { VideoCodec } from '../stream/stages.ts'

export interface EncoderSettings {
  readonly codec: VideoCodec
  readonly widthPx: number
  readonly heightPx: number
  /** The rate that bits are shared out for; a slower game uses fewer bits, never larger frames. */
  readonly fps: number
  readonly bitrateBps: number
  readonly threads: number
  /** x264's `asm` list; null for its own choice. */
  readonly instructions: string | null
}

export interface EncoderOptions {
  readonly encoder:
    | typeof FF_ENCODER_LIBX264
    | typeof FF_ENCODER_LIBVPX_VP8
    | typeof FF_ENCODER_LIBVPX_VP9
    | typeof FF_ENCODER_LIBSVTAV1
  /** Whether a rate set on the open context takes effect at the next picture. */
  readonly rateFollows: boolean
  readonly bitrateBps: number
  /** How far a frame may run ahead of the rate: the decoder buffer of the rate control model. */
  readonly bufferBits: number
  readonly keyframeIntervalFrames: number
  readonly dictionary: Readonly<Record<string, string | number>>
}

/**
 * One thread encodes 720p60 in H.264 in 3 ms; slices of 1080p on two threads keep it within a frame's time. VP9 and AV1 take three times as long
 * for each picture. VP8's threads wait for each other by spinning: on a busy machine two of them took ten times as long as one.
 */
export function threadsFor(codec: VideoCodec, widthPx: number, heightPx: number): number {
  if (codec === 'vp8') return 1
  return codec !== 'h264' || widthPx * heightPx > 1280 * 720 ? 2 : 1
}

/** Keyframes come when somebody asks for one, never by the clock: each costs several frames' bits. */
const NO_PERIODIC_KEYFRAMES = 1_000_000

/** A frame may take this many frames' share of the rate: small enough for a short burst, large enough for a keyframe. */
const BUFFER_FRAMES = 4

function bufferBits(settings: EncoderSettings): number {
  return Math.round((settings.bitrateBps / settings.fps) * BUFFER_FRAMES)
}

/** Below this quantizer nobody sees the difference; the bits and the time are better left unspent. */
const FINEST_QUANTIZER = 20

/**
 * No keyframe but those asked for. x264's `intra-refresh` in their place was tried: after a loss that is not repaired, Chromium 156 shows
 * nothing for as long as no IDR frame comes (4 s watched), although the whole picture is renewed every second.
 */
function x264Params(settings: EncoderSettings): string {
  const params = ['scenecut=0', 'repeat-headers=1', 'keyint=infinite', 'aud=0', `qpmin=${FINEST_QUANTIZER}`]
  if (settings.instructions !== null) params.push(`asm=${settings.instructions}`)
  return params.join(':')
}

function h264Options(settings: EncoderSettings): EncoderOptions {
  return {
    encoder: FF_ENCODER_LIBX264,
    rateFollows: true,
    bitrateBps: settings.bitrateBps,
    bufferBits: bufferBits(settings),
    keyframeIntervalFrames: NO_PERIODIC_KEYFRAMES,
    dictionary: {
      preset: 'ultrafast',
      tune: 'zerolatency',
      profile: 'baseline',
      'forced-idr': 1,
      'x264-params': x264Params(settings),
    },
  }
}

/** What both of libvpx's encoders take: no lookahead, and a keyframe of at most four frames' share. */
function vpxOptions(
  settings: EncoderSettings,
  encoder: EncoderOptions['encoder'],
  own: EncoderOptions['dictionary'],
): EncoderOptions {
  return {
    encoder,
    rateFollows: false,
    bitrateBps: settings.bitrateBps,
    bufferBits: bufferBits(settings) * 4,
    keyframeIntervalFrames: NO_PERIODIC_KEYFRAMES,
    dictionary: {
      deadline: 'realtime',
      'lag-in-frames': 0,
      'error-resilient': 'default',
      'static-thresh': 100,
      'undershoot-pct': 50,
      'overshoot-pct': 50,
      'max-intra-rate': 400,
      ...own,
    },
  }
}

const vp8Options = (settings: EncoderSettings): EncoderOptions =>
  vpxOptions(settings, FF_ENCODER_LIBVPX_VP8, { 'cpu-used': 12 })

/**
 * 8 is the fastest that FFmpeg lets through. Tile columns are what several threads work on (at least 256 pixels each). Cyclic refresh
 * (`aq-mode` 3) gave 1.8 dB at fewer bits.
 */
const vp9Options = (settings: EncoderSettings): EncoderOptions =>
  vpxOptions(settings, FF_ENCODER_LIBVPX_VP9, {
    'cpu-used': 8,
    'row-mt': 1,
    'tile-columns': 2,
    'aq-mode': 3,
  })

/**
 * Low delay without lookahead gives one packet for each picture at once. `rtc` is the tuning of calls and screens: 11 ms a 720p picture on two
 * cores, against 16 ms without. With it presets 11 to 13 save no time worth the name, and 13 loses 4 dB against 10. `lp` bounds the threads.
 */
function av1Options(settings: EncoderSettings): EncoderOptions {
  const params = ['pred-struct=1', 'lookahead=0', 'rc=2', 'rtc=1', 'scd=0', `lp=${settings.threads}`]
  if (settings.threads > 1) params.push('tile-columns=1')
  return {
    encoder: FF_ENCODER_LIBSVTAV1,
    rateFollows: false,
    bitrateBps: settings.bitrateBps,
    bufferBits: bufferBits(settings) * 4,
    keyframeIntervalFrames: NO_PERIODIC_KEYFRAMES,
    dictionary: { preset: 10, 'svtav1-params': params.join(':') },
  }
}

export const encoderOptions: Readonly<Record<VideoCodec, (settings: EncoderSettings) => EncoderOptions>> = {
  h264: h264Options,
  vp8: vp8Options,
  vp9: vp9Options,
  av1: av1Options,
}
