import type { StreamRequest } from '../../config/protocol/stream.ts'

/** What the player chose in the quality menu. `heightPx` null is the title's own resolution. */
export interface Quality {
  readonly heightPx: 720 | 540 | 360 | null
  readonly fps: 60 | 30
  readonly maxBitrateBps: number
  /** Small, slow and cheap, whatever else is chosen. */
  readonly dataSaver: boolean
}

/** Ceilings of the data saver, about 675 MB an hour: text of a game is still read at 540 lines. */
const saver = { heightPx: 540, fps: 30, maxBitrateBps: 1_500_000 } as const

export const heights = [null, 720, 540, 360] as const
export const frameRates = [60, 30] as const
/** From data saving to a clean LAN. */
export const bitrateCaps = [1_500_000, 3_000_000, 5_000_000, 8_000_000, 15_000_000, 25_000_000] as const

export const defaultQuality: Quality = { heightPx: null, fps: 60, maxBitrateBps: 8_000_000, dataSaver: false }

export function qualityOf(value: unknown): Quality {
  const from = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  return {
    heightPx: heights.find((height) => height === from['heightPx']) ?? defaultQuality.heightPx,
    fps: frameRates.find((fps) => fps === from['fps']) ?? defaultQuality.fps,
    maxBitrateBps: bitrateCaps.find((cap) => cap === from['maxBitrateBps']) ?? defaultQuality.maxBitrateBps,
    dataSaver: from['dataSaver'] === true,
  }
}

const even = (px: number): number => Math.max(2, 2 * Math.round(px / 2))

/** Never more pixels or frames than the title draws, always its shape, even sizes as 4:2:0 wants them. */
export function streamFor(
  display: { readonly widthPx: number; readonly heightPx: number; readonly fps: number },
  quality: Quality,
): StreamRequest {
  const cap = quality.dataSaver ? saver : null
  const heightPx = Math.min(display.heightPx, quality.heightPx ?? display.heightPx, cap?.heightPx ?? Infinity)
  return {
    widthPx: even((display.widthPx * heightPx) / display.heightPx),
    heightPx: even(heightPx),
    fps: Math.min(display.fps, quality.fps, cap?.fps ?? Infinity),
    maxBitrateBps: Math.min(quality.maxBitrateBps, cap?.maxBitrateBps ?? Infinity),
  }
}
