/**
 * The life of a frame: `capture → encode → packetize → pace → protect → transmit` (receive and present happen in the browser).
 * Stages pass native frames or encoded data; raw pixels never enter the JavaScript heap.
 * All times are edge wall-clock milliseconds with fractions (`performance.timeOrigin + performance.now()`).
 */
export type VideoCodec = 'h264' | 'vp8' | 'vp9' | 'av1'

export interface StreamSettings {
  readonly codec: VideoCodec
  /** Encoded size; the display is scaled when it differs. */
  readonly widthPx: number
  readonly heightPx: number
  readonly fps: number
  readonly maxBitrateBps: number
}

/** What rides beside every encoded frame to the client, as one frame record on the `frames` data channel. */
export interface FrameTimes {
  readonly capturedAtMs: number
  readonly encodedAtMs: number
  readonly sentAtMs: number
  /** Highest input id whose effect may be in this frame: applied before the frame's capture began. 0 = none. */
  readonly inputId: number
  readonly inputReceivedAtMs: number
  readonly inputAppliedAtMs: number
}

export interface EncodedFrame {
  /** Annex B for H.264, one frame for VP8 and VP9, one temporal unit with sized OBUs for AV1. */
  readonly data: Buffer
  readonly keyframe: boolean
  readonly capturedAtMs: number
  readonly encodedAtMs: number
  readonly inputId: number
}

/** The last applied input, read by capture at the moment it takes a frame. Written by the injector. */
export interface InputClock {
  lastAppliedId: number
  lastReceivedAtMs: number
  lastAppliedAtMs: number
}

export interface StreamCounters {
  framesCaptured: number
  framesUnchanged: number
  framesEncoded: number
  keyframes: number
  bytesSent: number
  packetsSent: number
  framesDropped: number
}
