import { createScreen } from '../../../edge/titles/latency-lab/screen.ts'
import { type BarcodeState, readBarcode } from '../../../config/protocol/barcode.ts'
import { createCanvasPainter } from './canvasPainter.ts'

/**
 * Runs inside the player's page: keeps a picture every two seconds, as the player sees it, and draws afterwards what each should have looked like. Its
 * code says all that Latency Lab's picture depends on.
 */
export interface Source {
  /** What was asked for: a stream that became smaller is scaled up, as on the player's screen. */
  readonly widthPx: number
  readonly heightPx: number
  /** How many times larger it is drawn than it is sent. */
  readonly drawnTimes: number
}

export interface PictureKeeper {
  begin(source: Source): void
  /** @param texture whether the animation was the one that does not compress. @returns luma planes one after the other, base64 */
  end(texture: boolean): { readonly count: number; readonly seen: string; readonly drawn: string }
}

declare global {
  interface Window {
    pictures: PictureKeeper
  }
}

interface Kept {
  readonly code: BarcodeState
  readonly luma: Uint8Array
}

const everyMs = 2000
let size: Source = { widthPx: 0, heightPx: 0, drawnTimes: 1 }
let kept: Kept[] = []
let timer: ReturnType<typeof setInterval> | undefined

function openCanvas(times: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas')
  canvas.width = size.widthPx * times
  canvas.height = size.heightPx * times
  const drawing = canvas.getContext('2d', { alpha: false, willReadFrequently: true })
  if (drawing === null) throw new Error('no canvas')
  return drawing
}

/** ITU-R BT.601, full range, rounded: both pictures come from RGB. */
function lumaOf(drawing: CanvasRenderingContext2D): Uint8Array {
  const { data } = drawing.getImageData(0, 0, size.widthPx, size.heightPx)
  const luma = new Uint8Array(data.length / 4)
  // A plain loop: the page is also what is measured.
  for (let i = 0, at = 0; at < data.length; i++, at += 4)
    luma[i] = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0) + 0.5
  return luma
}

function keep(drawing: CanvasRenderingContext2D): void {
  const video = document.querySelector<HTMLVideoElement>('video[data-role="stage"]')
  if (video === null || video.videoWidth === 0 || video.readyState < 2) return
  drawing.drawImage(video, 0, 0, size.widthPx, size.heightPx)
  const luma = lumaOf(drawing)
  const code = readBarcode(size.widthPx, (x, y) => luma[y * size.widthPx + x] ?? 0)
  if (code !== null) kept.push({ code, luma })
}

function base64(planes: readonly Uint8Array[]): string {
  const slice = 0x8000
  let text = ''
  for (const plane of planes)
    for (let from = 0; from < plane.length; from += slice)
      text += String.fromCharCode(...plane.subarray(from, from + slice))
  return btoa(text)
}

window.pictures = {
  begin(source) {
    size = source
    kept = []
    const drawing = openCanvas(1)
    timer = setInterval(() => keep(drawing), everyMs)
  },
  end(texture) {
    clearInterval(timer)
    const [source, sent] = [openCanvas(size.drawnTimes), openCanvas(1)]
    const screen = createScreen(createCanvasPainter(source), source.canvas.width)
    const drawn = kept.map(({ code }) => {
      screen.drawAll({ code, texture, keys: new Set() })
      sent.drawImage(source.canvas, 0, 0, size.widthPx, size.heightPx)
      return lumaOf(sent)
    })
    return { count: kept.length, seen: base64(kept.map(({ luma }) => luma)), drawn: base64(drawn) }
  },
}
