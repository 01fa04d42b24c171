import type { EncoderSpeeds } from '../stream/codecChoice.ts'
import type { VideoCodec } from '../stream/stages.ts'
import { allocatePicture, type Picture } from './picture.ts'
import { createVideoEncoder } from './videoEncoder.ts'
import { threadsFor } from './videoEncoderOptions.ts'

const WIDTH_PX = 1280
const HEIGHT_PX = 720
const FPS = 60
const BITRATE_BPS = 8_000_000
/** A few pictures, back and forth: painting costs more than the quickest encoder takes. */
const PICTURES = 6
/** The first ones are a keyframe and what follows while caches and rate control settle. */
const WARM_UP = 4

/**
 * How long this machine takes for one 1280x720 picture, ms, by codec; a codec whose encoder is missing is left out. It takes two cores
 * for about two seconds and blocks the event loop for 10 ms at a time: not for a process that streams.
 */
export async function measureEncoders(codecs: readonly VideoCodec[], frames = 24): Promise<EncoderSpeeds> {
  const pictures = Array.from({ length: PICTURES }, (_, nth) => {
    const picture = allocatePicture(WIDTH_PX, HEIGHT_PX)
    paint(picture, nth)
    return picture
  })
  const speeds: Partial<Record<VideoCodec, number>> = {}
  try {
    for (const codec of codecs) {
      const ms = await measure(codec, pictures, frames).catch(() => null)
      if (ms !== null) speeds[codec] = Math.round(ms * 100) / 100
    }
  } finally {
    for (const picture of pictures) picture.close()
  }
  return speeds
}

/** The lower quartile: a machine that is busy for a moment is not a slow one. */
async function measure(codec: VideoCodec, pictures: readonly Picture[], frames: number): Promise<number> {
  const encoder = await createVideoEncoder({
    codec,
    widthPx: WIDTH_PX,
    heightPx: HEIGHT_PX,
    fps: FPS,
    bitrateBps: BITRATE_BPS,
    threads: threadsFor(codec, WIDTH_PX, HEIGHT_PX),
  })
  try {
    const times: number[] = []
    for (let nth = 0; nth < WARM_UP + frames; nth++) {
      // 0 1 2 3 4 5 4 3 2 1 0 1 …: moves all the time and never jumps.
      const phase = nth % (2 * pictures.length - 2)
      const picture = pictures[Math.min(phase, 2 * pictures.length - 2 - phase)]
      if (picture === undefined) continue
      const fromMs = performance.now()
      await encoder.encode(picture, (nth * 1_000_000) / FPS)
      times.push(performance.now() - fromMs)
    }
    const sorted = times.slice(WARM_UP).toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 4)] ?? Number.POSITIVE_INFINITY
  } finally {
    encoder.close()
  }
}

/** A textured ground that scrolls, with blocks that move their own ways: about what a busy game asks of an encoder. Always the same. */
function paint(picture: Picture, nth: number): void {
  const [luma, ...chroma] = picture.planes
  for (let y = 0; y < HEIGHT_PX; y++) {
    const line = y * luma.strideBytes
    for (let x = 0; x < WIDTH_PX; x++) {
      const [gx, gy] = [x + 4 * nth, y + 2 * nth]
      const grain = (Math.imul((gx * 73_856_093) ^ (gy * 19_349_663), 0x9e37_79b1) >>> 29) & 7
      luma.bytes[line + x] = 60 + (((gx >> 3) * (gy >> 3)) & 127) + grain
    }
  }
  for (let block = 0; block < 12; block++) {
    const left = (block * 131 + nth * (3 + block)) % (WIDTH_PX - 64)
    const top = (block * 57 + nth * (2 + (block % 3))) % (HEIGHT_PX - 64)
    for (let y = top; y < top + 64; y++) {
      luma.bytes.fill(40 + block * 15, y * luma.strideBytes + left, y * luma.strideBytes + left + 64)
    }
  }
  for (const plane of chroma) {
    for (let y = 0; y < HEIGHT_PX / 2; y++) {
      const line = y * plane.strideBytes
      for (let x = 0; x < WIDTH_PX / 2; x++)
        plane.bytes[line + x] = 100 + ((((x + nth) >> 4) + (y >> 4)) % 32)
    }
  }
}
