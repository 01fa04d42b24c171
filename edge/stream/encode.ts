import type { Picture } from '../media/picture.ts'
import { createVideoEncoder, type VideoEncoder } from '../media/videoEncoder.ts'
import type { StreamSettings } from './stages.ts'

export interface EncodedPictureData {
  readonly data: Buffer
  readonly keyframe: boolean
}

/** The second stage: one picture in, one encoded frame out; settings change between two frames. */
export interface EncodeStage {
  encode(picture: Picture, capturedAtMs: number): Promise<EncodedPictureData | null>
  requestKeyframe(): void
  /** A new bitrate takes effect at once; a new size or rate opens another encoder, which begins with a keyframe. */
  apply(settings: StreamSettings): Promise<void>
  close(): void
}

/** One thread encodes 720p60 in 3 ms; slices of 1080p on two threads keep it within a frame's time. */
function threadsFor(settings: StreamSettings): number {
  return settings.widthPx * settings.heightPx > 1280 * 720 ? 2 : 1
}

async function open(settings: StreamSettings): Promise<VideoEncoder> {
  const { codec, widthPx, heightPx, fps, maxBitrateBps } = settings
  return createVideoEncoder({
    codec,
    widthPx,
    heightPx,
    fps,
    bitrateBps: maxBitrateBps,
    threads: threadsFor(settings),
  })
}

export async function createEncodeStage(initial: StreamSettings): Promise<EncodeStage> {
  let settings = initial
  let encoder = await open(settings)
  return {
    encode: (picture, capturedAtMs) => encoder.encode(picture, capturedAtMs * 1000),
    requestKeyframe: () => encoder.requestKeyframe(),
    async apply(wanted) {
      const { widthPx, heightPx, fps, codec } = settings
      const same =
        wanted.widthPx === widthPx &&
        wanted.heightPx === heightPx &&
        wanted.fps === fps &&
        wanted.codec === codec
      settings = wanted
      if (same) return encoder.setBitrate(wanted.maxBitrateBps)
      const next = await open(wanted)
      encoder.close()
      encoder = next
    },
    close: () => encoder.close(),
  }
}
