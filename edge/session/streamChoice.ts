import type { StreamRequest } from '../../config/protocol/stream.ts'

const even = (px: number): number => Math.max(2, Math.floor(px / 2) * 2)

/**
 * What the player gets of what was asked: the display's own proportions within the size asked for, never scaled up, even sides
 * (4:2:0 has no half samples), and no more pictures than the title draws.
 */
export function chooseStream(
  asked: StreamRequest,
  display: { readonly widthPx: number; readonly heightPx: number; readonly fps: number },
): StreamRequest {
  const scale = Math.min(1, asked.widthPx / display.widthPx, asked.heightPx / display.heightPx)
  return {
    widthPx: even(Math.round(display.widthPx * scale)),
    heightPx: even(Math.round(display.heightPx * scale)),
    fps: Math.min(asked.fps, display.fps),
    maxBitrateBps: asked.maxBitrateBps,
  }
}
