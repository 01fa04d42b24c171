import type { Framebuffer } from '../display/framebuffer.ts'

/** Every 61st pixel, a prime, so that no pattern of the picture hides between the samples. */
const stepPx = 61
/** Of 255, in one colour: less is noise of a picture that does not change. */
const leastChange = 8

export type Look = Uint32Array

/** What is on the screen now, thinned out. */
export function lookAt(screen: Pick<Framebuffer, 'view' | 'strideBytes' | 'widthPx' | 'heightPx'>): Look {
  const { view, strideBytes, widthPx, heightPx } = screen
  const look = new Uint32Array(Math.ceil((widthPx * heightPx) / stepPx))
  for (let sample = 0; sample < look.length; sample += 1) {
    const pixel = sample * stepPx
    look[sample] =
      view.readUInt32LE(Math.floor(pixel / widthPx) * strideBytes + (pixel % widthPx) * 4) & 0xffffff
  }
  return look
}

/** Share of the picture that differs, 0-1. */
export function changeOf(before: Look, after: Look): number {
  let changed = 0
  for (const [index, was] of before.entries()) {
    const is = after[index] ?? 0
    const differs = [0, 8, 16].some(
      (at) => Math.abs(((was >> at) & 0xff) - ((is >> at) & 0xff)) >= leastChange,
    )
    if (differs) changed += 1
  }
  return before.length === 0 ? 0 : changed / before.length
}
