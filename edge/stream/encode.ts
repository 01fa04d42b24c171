import type { Picture } from '../media/picture.ts'
import { createVideoEncoder, type VideoEncoder } from '../media/videoEncoder.ts'
import { threadsFor } from '../media/videoEncoderOptions.ts'
import type { StreamSettings, VideoCodec } from './stages.ts'

export interface EncodedPictureData {
  readonly codec: VideoCodec
  readonly data: Buffer
  readonly keyframe: boolean
}

/** The second stage: one picture in, one encoded frame out; settings change between two frames. */
export interface EncodeStage {
  encode(picture: Picture, capturedAtMs: number): Promise<EncodedPictureData | null>
  requestKeyframe(): void
  /**
   * A new bitrate takes effect at once, and so does a frame rate below the first one; another size or codec opens another encoder, which
   * begins with a keyframe.
   */
  apply(settings: StreamSettings): Promise<void>
  close(): void
}

async function open(settings: StreamSettings): Promise<VideoEncoder> {
  const { codec, widthPx, heightPx, fps, maxBitrateBps } = settings
  return createVideoEncoder({
    codec,
    widthPx,
    heightPx,
    fps,
    bitrateBps: maxBitrateBps,
    threads: threadsFor(codec, widthPx, heightPx),
  })
}

/**
 * The rate to set on an encoder that was opened for more frames a second. x264 (its zerolatency tuning counts frames, not time) and
 * SVT-AV1 share bits out by the frame; libvpx reads the time stamps.
 */
export function rateFor(codec: VideoCodec, bitrateBps: number, openedFps: number, fps: number): number {
  return codec === 'h264' || codec === 'av1' ? Math.round((bitrateBps * openedFps) / fps) : bitrateBps
}

export async function createEncodeStage(initial: StreamSettings): Promise<EncodeStage> {
  let opened = initial
  let encoder = await open(initial)
  return {
    async encode(picture, capturedAtMs) {
      const encoded = await encoder.encode(picture, capturedAtMs * 1000)
      return encoded === null ? null : { ...encoded, codec: opened.codec }
    },
    requestKeyframe: () => encoder.requestKeyframe(),
    async apply(wanted) {
      const same =
        wanted.widthPx === opened.widthPx &&
        wanted.heightPx === opened.heightPx &&
        wanted.codec === opened.codec &&
        wanted.fps <= opened.fps
      if (same) {
        encoder.setBitrate(rateFor(wanted.codec, wanted.maxBitrateBps, opened.fps, wanted.fps))
        return
      }
      const next = await open(wanted)
      encoder.close()
      encoder = next
      opened = wanted
    },
    close: () => encoder.close(),
  }
}
