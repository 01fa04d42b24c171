import { AV_PIX_FMT_BGR0, AV_PIX_FMT_YUV420P, SWS_FAST_BILINEAR } from 'node-av/constants'
import { SoftwareScaleContext } from 'node-av/lib'
import type { Converter } from './pixels.ts'

/** FFmpeg's own converter: ten times slower than libyuv, but always there. Converts whole pictures. */
export function createSwscaleConverter(): Converter {
  let context: SoftwareScaleContext | null = null
  let shape = ''
  return {
    library: 'swscale',
    convert(source, target) {
      const wanted = `${source.widthPx}x${source.heightPx} ${target.widthPx}x${target.heightPx}`
      if (context === null || shape !== wanted) {
        context?.freeContext()
        context = new SoftwareScaleContext()
        context.getContext(
          source.widthPx,
          source.heightPx,
          AV_PIX_FMT_BGR0,
          target.widthPx,
          target.heightPx,
          AV_PIX_FMT_YUV420P,
          SWS_FAST_BILINEAR,
        )
        shape = wanted
      }
      const lines = context.scaleSync(
        [source.view],
        [source.strideBytes],
        0,
        source.heightPx,
        target.planes.map((plane) => plane.bytes),
        target.planes.map((plane) => plane.strideBytes),
      )
      if (lines < 0) throw new Error(`swscale failed (${lines})`)
    },
    close() {
      context?.freeContext()
      context = null
    },
  }
}
