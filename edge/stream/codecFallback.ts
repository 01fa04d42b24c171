import type { VideoCodec } from './stages.ts'

/** What both ends took for the frames of the last second or two. */
export interface CodecSample {
  readonly nowMs: number
  /** Frames a second that the stream is meant to have at most. */
  readonly fps: number
  /** Mean of the frames encoded since the last sample; null for none. */
  readonly encodeMs: number | null
  /** As the player reports it; null where it has decoded nothing or has not reported. */
  readonly decode: {
    readonly decodeMs: number
    readonly fps: number
    readonly framesDropped: number
    /** Over which the frames were dropped. */
    readonly periodMs: number
  } | null
}

/** Watches whether encoder and decoder keep pace with the frames, and says when another codec is worth a try. */
export interface CodecFallback {
  readonly current: VideoCodec
  /** The codec to go on with from the next frame, or null to stay. */
  sample(sample: CodecSample): VideoCodec | null
}

export interface CodecFallbackOptions {
  /** What may be sent, best first; begins with the one that is sent. */
  readonly codecs: readonly [VideoCodec, ...VideoCodec[]]
  readonly decodedInHardware: ReadonlySet<VideoCodec>
}

/** Of a frame's time: beyond it, frames wait for each other now and then. */
const ENCODE_LIMIT = 0.85
const DECODE_LIMIT = 0.85
/** Frames dropped by a decoder that is at least half busy are dropped for want of time; an idle one drops them in a hidden tab. */
const BUSY_SHARE = 0.5
const DROPPED_LIMIT = 0.2
/** Trouble has to outweigh peace by this much; a change of codec costs a keyframe and a new decoder. */
const PATIENCE_MS = 5000
/** A sample counts for at most this long: after a pause nothing is known of the time between. */
const MAX_STEP_MS = 2500
/** After a change: keyframe, a decoder that warms up, reports that are still about the codec before. */
const SETTLE_MS = 4000

/** Work for a picture, H.264 as one: measured for encoding; decoding in software as the measured dav1d and libvpx. */
const ENCODE_WORK: Readonly<Record<VideoCodec, number>> = { h264: 1, vp8: 1.3, av1: 2.6, vp9: 3.3 }
const DECODE_WORK: Readonly<Record<VideoCodec, number>> = { vp8: 0.9, h264: 1, vp9: 1.3, av1: 1.6 }
const HARDWARE_WORK = 0.2

/** Each codec is tried once and none is gone back to, so it never flaps: what has failed here fails again. */
export function createCodecFallback({ codecs, decodedInHardware }: CodecFallbackOptions): CodecFallback {
  let current: VideoCodec = codecs[0]
  const tried = new Set([current])
  const troubledMs = { encode: 0, decode: 0 }
  let lastMs: number | null = null
  let settledAtMs = 0

  const work = (side: 'encode' | 'decode', codec: VideoCodec): number => {
    if (side === 'encode') return ENCODE_WORK[codec]
    return decodedInHardware.has(codec) ? HARDWARE_WORK : DECODE_WORK[codec]
  }
  const lighter = (side: 'encode' | 'decode'): VideoCodec | undefined =>
    codecs.find((codec) => !tried.has(codec) && work(side, codec) < work(side, current))

  return {
    get current() {
      return current
    },
    sample(sample) {
      const stepMs = lastMs === null ? 0 : Math.min(MAX_STEP_MS, sample.nowMs - lastMs)
      lastMs = sample.nowMs
      if (sample.nowMs < settledAtMs) return null
      const slow = { encode: encodeFallsBehind(sample), decode: decodeFallsBehind(sample) }
      for (const side of ['encode', 'decode'] as const) {
        troubledMs[side] = Math.max(0, troubledMs[side] + (slow[side] ? stepMs : -stepMs))
        const next = troubledMs[side] >= PATIENCE_MS ? lighter(side) : undefined
        if (next === undefined) continue
        current = next
        tried.add(next)
        troubledMs.encode = 0
        troubledMs.decode = 0
        settledAtMs = sample.nowMs + SETTLE_MS
        return next
      }
      return null
    },
  }
}

function encodeFallsBehind({ encodeMs, fps }: CodecSample): boolean {
  return encodeMs !== null && encodeMs > (ENCODE_LIMIT * 1000) / fps
}

function decodeFallsBehind({ decode, fps }: CodecSample): boolean {
  if (decode === null) return false
  const intervalMs = 1000 / fps
  if (decode.decodeMs > DECODE_LIMIT * intervalMs) return true
  const shown = (decode.fps * decode.periodMs) / 1000
  const dropped = decode.framesDropped / Math.max(1, decode.framesDropped + shown)
  return dropped > DROPPED_LIMIT && decode.decodeMs > BUSY_SHARE * intervalMs
}
