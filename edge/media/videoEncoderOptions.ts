import { FF_ENCODER_LIBVPX_VP8, FF_ENCODER_LIBX264 } from 'node-av/constants'

export interface EncoderSettings {
  readonly codec: 'h264' | 'vp8'
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
  readonly encoder: typeof FF_ENCODER_LIBX264 | typeof FF_ENCODER_LIBVPX_VP8
  readonly bitrateBps: number
  /** How far a frame may run ahead of the rate: the decoder buffer of the rate control model. */
  readonly bufferBits: number
  readonly keyframeIntervalFrames: number
  readonly dictionary: Readonly<Record<string, string | number>>
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

function x264Params(settings: EncoderSettings): string {
  const params = ['scenecut=0', 'repeat-headers=1', 'keyint=infinite', 'aud=0', `qpmin=${FINEST_QUANTIZER}`]
  if (settings.instructions !== null) params.push(`asm=${settings.instructions}`)
  return params.join(':')
}

export function h264Options(settings: EncoderSettings): EncoderOptions {
  return {
    encoder: FF_ENCODER_LIBX264,
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

export function vp8Options(settings: EncoderSettings): EncoderOptions {
  return {
    encoder: FF_ENCODER_LIBVPX_VP8,
    bitrateBps: settings.bitrateBps,
    bufferBits: bufferBits(settings) * 4,
    keyframeIntervalFrames: NO_PERIODIC_KEYFRAMES,
    dictionary: {
      deadline: 'realtime',
      'cpu-used': 12,
      'lag-in-frames': 0,
      'error-resilient': 'default',
      'static-thresh': 100,
      'undershoot-pct': 50,
      'overshoot-pct': 50,
      'max-intra-rate': 400,
    },
  }
}
