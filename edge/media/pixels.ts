import type { Picture } from './picture.ts'

/** Pixels in native memory, four bytes each: blue, green, red, unused. */
export interface PixelSource {
  readonly address: bigint
  readonly view: Buffer
  readonly strideBytes: number
  readonly widthPx: number
  readonly heightPx: number
}

export interface Area {
  readonly xPx: number
  readonly yPx: number
  readonly widthPx: number
  readonly heightPx: number
}

/** Turns screen pixels into an I420 picture of a fixed size, scaling when the sizes differ. */
export interface Converter {
  readonly library: 'libyuv' | 'swscale'
  /**
   * Blocks for the time it takes: 0.2 ms at 1280x720 with libyuv, 2 to 3 ms with swscale.
   * `area`: only that part changed since the last call with the same picture; null for all of it.
   */
  convert(source: PixelSource, target: Picture, area: Area | null): void
  close(): void
}

/** Grows an area to even coordinates, since chroma samples cover two by two pixels, and cuts it at the edges. */
export function chromaAligned(area: Area, widthPx: number, heightPx: number): Area {
  const left = Math.max(0, area.xPx & ~1)
  const top = Math.max(0, area.yPx & ~1)
  const right = Math.min(widthPx, (area.xPx + area.widthPx + 1) & ~1)
  const bottom = Math.min(heightPx, (area.yPx + area.heightPx + 1) & ~1)
  return { xPx: left, yPx: top, widthPx: Math.max(0, right - left), heightPx: Math.max(0, bottom - top) }
}
