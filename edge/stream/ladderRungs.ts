import type { StreamRequest } from '../../config/protocol/stream.ts'
import type { VideoCodec } from './stages.ts'

/** One rung: what to encode, and the least bit rate at which its picture is still worth its size. */
export interface LadderRung {
  readonly widthPx: number
  readonly heightPx: number
  readonly fps: number
  readonly neededBps: number
}

/**
 * Bits for each pixel at 60 frames a second: 720p60 wants 2.5 Mbit/s. libx264 ultrafast has no CABAC and no deblocking; below about this,
 * moving game pictures fall into blocks, and fewer pixels look better. A rule of thumb, not measured yet.
 */
const BITS_PER_PIXEL = 0.045
/** Frames further apart have more to say each: half the frames take two thirds of the bits. Assumed, as are the shares of the codecs. */
const FPS_EXPONENT = 0.6
/** What the codecs' real-time presets take for the same picture as libx264 ultrafast. */
const codecShare: Readonly<Record<VideoCodec, number>> = { h264: 1, vp8: 1, vp9: 0.75, av1: 0.65 }
const scales = [3 / 4, 1 / 2, 3 / 8]
/** A game below it is no game. */
const LEAST_FPS = 24
const LEAST_WIDTH_PX = 160
const LEAST_HEIGHT_PX = 90

/**
 * Best first: the frame rate goes before the resolution, and only by halves: a display shows each frame for a whole number of its ticks,
 * so that 45 frames on 60 Hz stutter where 30 do not.
 */
export function ladderRungs(ceiling: StreamRequest, codec: VideoCodec): readonly LadderRung[] {
  const rates = [ceiling.fps]
  for (let fps = ceiling.fps / 2; fps >= LEAST_FPS; fps /= 2) rates.push(Math.round(fps))
  const lowestFps = rates.at(-1) ?? ceiling.fps
  const rung = (scale: number, fps: number): LadderRung => {
    const widthPx = scale === 1 ? ceiling.widthPx : even(ceiling.widthPx * scale)
    const heightPx = scale === 1 ? ceiling.heightPx : even(ceiling.heightPx * scale)
    const perFrame = widthPx * heightPx * BITS_PER_PIXEL * codecShare[codec]
    return { widthPx, heightPx, fps, neededBps: perFrame * 60 * (fps / 60) ** FPS_EXPONENT }
  }
  const smaller = scales
    .map((scale) => rung(scale, lowestFps))
    .filter(({ widthPx, heightPx }) => widthPx >= LEAST_WIDTH_PX && heightPx >= LEAST_HEIGHT_PX)
  return [...rates.map((fps) => rung(1, fps)), ...smaller]
}

/** 4:2:0 colour has one sample for two pixels each way. */
const even = (px: number) => Math.round(px / 2) * 2
