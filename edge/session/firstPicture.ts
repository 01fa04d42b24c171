import { setTimeout as wait } from 'node:timers/promises'
import type { Display } from '../display/display.ts'
import { openFramebuffer } from '../display/framebuffer.ts'

const lookEveryMs = 25
/** Every 61st pixel, a prime, so that no pattern of the picture hides between the samples. */
const stepPx = 61

/**
 * Settles when something other than black is on the screen, or after `timeoutMs`, or when aborted: a title may well begin in
 * the dark, so this only decides when to say `ready`.
 */
export async function waitForPicture(
  display: Pick<Display, 'framebufferFile'>,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<'seen' | 'dark' | 'aborted'> {
  const screen = openFramebuffer(display.framebufferFile)
  try {
    const endsAtMs = performance.now() + options.timeoutMs
    while (performance.now() < endsAtMs) {
      if (options.signal.aborted) return 'aborted'
      if (anyLight(screen)) return 'seen'
      await wait(lookEveryMs)
    }
    return 'dark'
  } finally {
    screen.close()
  }
}

/** Pixels are BGRX; the X byte is anything. */
export function anyLight(screen: {
  readonly view: Buffer
  readonly strideBytes: number
  readonly widthPx: number
  readonly heightPx: number
}): boolean {
  for (let i = 0; i < screen.widthPx * screen.heightPx; i += stepPx) {
    const at = Math.floor(i / screen.widthPx) * screen.strideBytes + (i % screen.widthPx) * 4
    if ((screen.view.readUInt32LE(at) & 0xffffff) !== 0) return true
  }
  return false
}
