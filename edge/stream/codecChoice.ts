import { type Decoder, defaultStream } from '../../config/protocol/stream.ts'
import type { VideoCodec } from './stages.ts'

/** How long this node takes for one 1280x720 picture, in ms; a codec that is not named was not measured or cannot be encoded. */
export type EncoderSpeeds = Readonly<Partial<Record<VideoCodec, number>>>

export interface CodecFacts {
  /** What the browser says; empty where it says nothing: everything in its offer counts as decoded in software then. */
  readonly decoders: readonly Decoder[]
  /** Null until measured. */
  readonly speeds: EncoderSpeeds | null
  readonly widthPx: number
  readonly heightPx: number
  readonly fps: number
  /** What the stream may take. */
  readonly bitrateBps: number
}

/** The rest of a frame's time belongs to capture, conversion, packets and the game itself. */
const ENCODE_SHARE = 0.6
const MEASURED_PIXELS = 1280 * 720
/** Every node does these two at 720p60: what is offered until its encoders have been measured, and what is left when all are too slow. */
const UNMEASURED: readonly VideoCodec[] = ['h264', 'vp8']

/**
 * On a processor each ms of encoding delays the picture, and H.264 takes a third of what AV1 takes; it is also the only one whose rate follows
 * the network without a keyframe.
 */
const QUICKEST_FIRST: readonly VideoCodec[] = ['h264', 'av1', 'vp8', 'vp9']
/**
 * Where bits are scarce, a good picture that comes some ms later is the better one. Measured with these encoders at 720p30 and 0.8 Mbit/s
 * (luma PSNR of a moving picture): AV1 34 dB, VP8 33, VP9 31, H.264 29.
 */
const DENSEST_FIRST: readonly VideoCodec[] = ['av1', 'h264', 'vp8', 'vp9']
/** Bits a pixel below which H.264 in its quickest preset falls apart on a moving picture. */
const SCARCE_BITS = 0.04

/** What to encode, best first, of all that node and browser can do; never empty. */
export function chooseCodecs(facts: CodecFacts): VideoCodec[] {
  const { decoders, widthPx, heightPx, fps, bitrateBps } = facts
  const of = (codec: VideoCodec) => decoders.find((decoder) => decoder.codec === codec)
  const budgetMs = (ENCODE_SHARE * 1000) / fps
  const pixels = widthPx * heightPx
  const inTime = (codec: VideoCodec): boolean => {
    const ms = facts.speeds?.[codec]
    return ms === undefined
      ? facts.speeds === null && UNMEASURED.includes(codec)
      : (ms * pixels) / MEASURED_PIXELS <= budgetMs
  }
  const order = bitrateBps / (pixels * fps) < SCARCE_BITS ? DENSEST_FIRST : QUICKEST_FIRST
  // Lower is better; the order among equals stays.
  const cost = (codec: VideoCodec): number =>
    (inTime(codec) ? 0 : 4) + (of(codec)?.smooth === false ? 2 : 0) + (of(codec)?.hardware === true ? 0 : 1)
  return order
    .filter((codec) => inTime(codec) || UNMEASURED.includes(codec))
    .toSorted((a, b) => cost(a) - cost(b))
}

/** What a node says that it encodes: whatever it does in time at 720p and 30 frames a second. */
export function encodableCodecs(speeds: EncoderSpeeds | null): VideoCodec[] {
  const { widthPx, heightPx, maxBitrateBps } = defaultStream
  return chooseCodecs({ decoders: [], speeds, widthPx, heightPx, fps: 30, bitrateBps: maxBitrateBps })
}
