import { libcFunction } from './native.ts'
import type { Picture } from './picture.ts'

const memcmp = libcFunction('int memcmp(uint64_t, uint64_t, size_t)') as (
  a: bigint,
  b: bigint,
  bytes: number,
) => number

/**
 * Whether two pictures of one size hold the same samples in lines `fromLine` up to `toLine` (both even). 0.1 ms for all
 * of 1280x720, against 2 ms that an encoder takes to find out that nothing moved.
 */
export function samePixels(a: Picture, b: Picture, fromLine: number, toLine: number): boolean {
  return a.planes.every((plane, index) => {
    const other = b.planes[index]
    if (other === undefined || other.strideBytes !== plane.strideBytes) return false
    const shift = index === 0 ? 0 : 1
    const offset = BigInt((fromLine >> shift) * plane.strideBytes)
    const bytes = ((toLine - fromLine) >> shift) * plane.strideBytes
    return memcmp(plane.address + offset, other.address + offset, bytes) === 0
  })
}
