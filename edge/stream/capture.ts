import { type DamageWatch, watchDamage } from '../display/damage.ts'
import type { Display } from '../display/display.ts'
import { openFramebuffer } from '../display/framebuffer.ts'
import { createConverter } from '../media/convert.ts'
import { allocatePicture, type Picture } from '../media/picture.ts'
import { type Area, chromaAligned } from '../media/pixels.ts'
import { samePixels } from '../media/samePixels.ts'
import { wallClockMs } from './clock.ts'
import type { InputClock } from './stages.ts'

export type DisplaySource = Pick<
  Display,
  'socketFile' | 'cookie' | 'number' | 'framebufferFile' | 'widthPx' | 'heightPx'
>

export interface CapturedFrame {
  /** Stays as it is until the next `take`. */
  readonly picture: Picture
  /** False: the very same pixels as in the frame before. */
  readonly changed: boolean
  readonly capturedAtMs: number
  readonly inputId: number
  readonly inputReceivedAtMs: number
  readonly inputAppliedAtMs: number
}

/** The first stage: the screen as an I420 picture of the encoder's size. */
export interface Capture extends AsyncDisposable {
  readonly library: 'libyuv' | 'swscale'
  take(): Promise<CapturedFrame>
  /** From the next `take` on. */
  resize(widthPx: number, heightPx: number): void
}

export async function openCapture(options: {
  display: DisplaySource
  inputClock: Readonly<InputClock>
  widthPx: number
  heightPx: number
  onDamage(): void
}): Promise<Capture> {
  const { inputClock } = options
  const framebuffer = openFramebuffer(options.display.framebufferFile)
  const converter = createConverter()
  // Two pictures in turn, so that a frame can be compared with the one before.
  let pictures: [Picture, Picture]
  let damage: DamageWatch
  try {
    pictures = allocatePair(options.widthPx, options.heightPx)
    damage = await watchDamage(options.display, options.onDamage).catch((error: unknown) => {
      for (const picture of pictures) picture.close()
      throw error
    })
  } catch (error) {
    framebuffer.close()
    converter.close()
    throw error
  }
  const whole: Area = { xPx: 0, yPx: 0, widthPx: framebuffer.widthPx, heightPx: framebuffer.heightPx }
  let fresh = true
  /** What the back picture misses: the area that changed when the front one was drawn. */
  let missing: Area | null = null

  return {
    library: converter.library,
    async take() {
      const area = fresh ? (await damage.take(), whole) : await damage.take()
      const [front, back] = pictures
      const input = {
        inputId: inputClock.lastAppliedId,
        inputReceivedAtMs: inputClock.lastReceivedAtMs,
        inputAppliedAtMs: inputClock.lastAppliedAtMs,
      }
      const capturedAtMs = wallClockMs()
      if (area === null) return { picture: front, changed: false, capturedAtMs, ...input }
      converter.convert(framebuffer, back, missing === null ? area : union(area, missing))
      const lines = comparedLines(area, whole, back)
      missing = null
      if (!fresh && samePixels(front, back, lines.from, lines.to)) {
        return { picture: front, changed: false, capturedAtMs, ...input }
      }
      missing = fresh ? whole : area
      fresh = false
      pictures = [back, front]
      return { picture: back, changed: true, capturedAtMs, ...input }
    },
    resize(widthPx, heightPx) {
      const before = pictures
      pictures = allocatePair(widthPx, heightPx)
      for (const picture of before) picture.close()
      fresh = true
    },
    async [Symbol.asyncDispose]() {
      await damage[Symbol.asyncDispose]()
      for (const picture of pictures) picture.close()
      converter.close()
      framebuffer.close()
    },
  }
}

const allocatePair = (widthPx: number, heightPx: number): [Picture, Picture] => [
  allocatePicture(widthPx, heightPx),
  allocatePicture(widthPx, heightPx),
]

function union(a: Area, b: Area): Area {
  const xPx = Math.min(a.xPx, b.xPx)
  const yPx = Math.min(a.yPx, b.yPx)
  return {
    xPx,
    yPx,
    widthPx: Math.max(a.xPx + a.widthPx, b.xPx + b.widthPx) - xPx,
    heightPx: Math.max(a.yPx + a.heightPx, b.yPx + b.heightPx) - yPx,
  }
}

/** Scaled pictures are compared whole: an edge pixel of the area spreads over its neighbours. */
function comparedLines(area: Area, source: Area, target: Picture): { from: number; to: number } {
  if (source.heightPx !== target.heightPx || source.widthPx !== target.widthPx)
    return { from: 0, to: target.heightPx }
  const { yPx, heightPx } = chromaAligned(area, source.widthPx, source.heightPx)
  return { from: yPx, to: yPx + heightPx }
}
