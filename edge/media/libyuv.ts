import { loadLibrary } from './native.ts'
import { allocatePicture, type Picture } from './picture.ts'
import { type Area, type Converter, chromaAligned, type PixelSource } from './pixels.ts'

type Whole = number | bigint
/** libyuv's "ARGB" names the word's order: blue comes first in memory, as X draws it. BT.601, limited range. */
type ArgbToI420 = (
  src: bigint,
  srcStride: number,
  y: bigint,
  yStride: number,
  u: bigint,
  uStride: number,
  v: bigint,
  vStride: number,
  width: number,
  height: number,
) => number
type I420Scale = (...args: Whole[]) => number

const PICTURE = 'uint64_t, int, uint64_t, int, uint64_t, int'
const FILTER_BOX = 3

/** Null where libyuv is not installed. */
export function createLibyuvConverter(): Converter | null {
  const library = loadLibrary('libyuv.so.0') ?? loadLibrary('libyuv.so')
  if (library === null) return null
  const toI420: ArgbToI420 = library.func(`int ARGBToI420(uint64_t, int, ${PICTURE}, int, int)`)
  const scale: I420Scale = library.func(`int I420Scale(${PICTURE}, int, int, ${PICTURE}, int, int, int)`)
  let unscaled: Picture | null = null

  function convertArea(source: PixelSource, target: Picture, area: Area): void {
    const [y, u, v] = target.planes
    const { xPx, yPx } = area
    const chroma = (plane: typeof u) => plane.address + BigInt((yPx >> 1) * plane.strideBytes + (xPx >> 1))
    const failure = toI420(
      source.address + BigInt(yPx * source.strideBytes + xPx * 4),
      source.strideBytes,
      y.address + BigInt(yPx * y.strideBytes + xPx),
      y.strideBytes,
      chroma(u),
      u.strideBytes,
      chroma(v),
      v.strideBytes,
      area.widthPx,
      area.heightPx,
    )
    if (failure !== 0) throw new Error(`ARGBToI420 failed (${failure})`)
  }

  return {
    library: 'libyuv',
    convert(source, target, area) {
      const { widthPx, heightPx } = source
      const part =
        area === null ? { xPx: 0, yPx: 0, widthPx, heightPx } : chromaAligned(area, widthPx, heightPx)
      if (part.widthPx === 0 || part.heightPx === 0) return
      if (target.widthPx === widthPx && target.heightPx === heightPx) return convertArea(source, target, part)
      if (unscaled === null || unscaled.widthPx !== widthPx || unscaled.heightPx !== heightPx) {
        unscaled?.close()
        unscaled = allocatePicture(widthPx, heightPx)
        convertArea(source, unscaled, { xPx: 0, yPx: 0, widthPx, heightPx })
      } else {
        convertArea(source, unscaled, part)
      }
      const planes = (picture: Picture): Whole[] =>
        picture.planes.flatMap((plane) => [plane.address, plane.strideBytes])
      const failure = scale(
        ...planes(unscaled),
        widthPx,
        heightPx,
        ...planes(target),
        target.widthPx,
        target.heightPx,
        FILTER_BOX,
      )
      if (failure !== 0) throw new Error(`I420Scale failed (${failure})`)
    },
    close() {
      unscaled?.close()
      unscaled = null
    },
  }
}
