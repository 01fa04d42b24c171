import type { StreamRequest } from '../../config/protocol/stream.ts'
import type { VideoCodec } from './stages.ts'

export interface LadderInput {
  readonly nowMs: number
  /** What the network leaves for encoded video. */
  readonly videoBps: number
  /** What the player allows. */
  readonly ceiling: StreamRequest
  readonly codec: VideoCodec
}

export interface LadderStep {
  readonly widthPx: number
  readonly heightPx: number
  readonly fps: number
  readonly bitrateBps: number
}

/** What to encode within what the network leaves. */
export interface Ladder {
  next(input: LadderInput): LadderStep
}

export function createLadder(): Ladder {
  return {
    next: ({ videoBps, ceiling: { widthPx, heightPx, fps, maxBitrateBps } }) => ({
      widthPx,
      heightPx,
      fps,
      bitrateBps: Math.round(Math.min(videoBps, maxBitrateBps)),
    }),
  }
}
