import type { Nearcade } from '../../client/player/exposed.ts'
import { type BarcodeState, barcodeHeightPx, readBarcode } from '../../config/protocol/barcode.ts'

/**
 * Runs inside the player's page and reads what a player would see: every callback of `requestVideoFrameCallback` is one picture
 * that reached the display, and Latency Lab's barcode in it says which one it is. Independent of the player's own measurements.
 */
export interface SeenFrame {
  /** Start of the display frame in which the picture was on screen, ms on the page's clock. */
  readonly atMs: number
  readonly state: BarcodeState | null
}
export interface Press {
  readonly atMs: number
  /** Null while its picture has not been seen. */
  seenAtMs: number | null
}
export interface PageProbe {
  readonly presses: Press[]
  readonly frames: SeenFrame[]
  /** Whether every frame is decoded (`all`) or only those that a press waits for (`pending`), which costs the page less. */
  mode: 'all' | 'pending' | 'off'
  /** Forgets all presses and counts from the picture that is on screen now. */
  restart(mode: PageProbe['mode']): Promise<void>
  /** The code in the picture that is on screen now. */
  read(): Promise<BarcodeState | null>
  /** The first code that can be read within two seconds: on a bad path single pictures are too coarse for it. */
  readSoon(): Promise<BarcodeState | null>
  /** The first click or key of the page, and the first picture after it that is not one flat colour; page clock, ms. */
  startedAtMs: number | null
  pictureAtMs: number | null
  /** Loudest absolute sample heard since the last call, 0..1. */
  loudest(): number
  listen(): Promise<void>
}

declare global {
  interface Window {
    probe: PageProbe
    nearcade: Nearcade
  }
}

const stage = (): HTMLVideoElement | null => document.querySelector('video[data-role="stage"]')

async function decode(video: HTMLVideoElement): Promise<BarcodeState | null> {
  if (video.videoWidth === 0 || video.readyState < 2) return null
  const frame = new VideoFrame(video)
  try {
    const rect = { x: 0, y: 0, width: frame.codedWidth, height: barcodeHeightPx(frame.codedWidth) & ~1 }
    const bytes = new Uint8Array(frame.allocationSize({ rect }))
    const layout = await frame.copyTo(bytes, { rect })
    const { offset, stride } = layout[0] ?? { offset: 0, stride: 0 }
    return readBarcode(
      frame.codedWidth,
      (x, y) => bytes[offset + Math.min(y, rect.height - 1) * stride + x] ?? 0,
    )
  } finally {
    frame.close()
  }
}

/** Whether the picture shows anything: a grid over its luma is not all one shade. */
async function showsSomething(video: HTMLVideoElement): Promise<boolean> {
  const frame = new VideoFrame(video)
  try {
    const bytes = new Uint8Array(frame.allocationSize())
    const [luma] = await frame.copyTo(bytes)
    const { offset, stride } = luma ?? { offset: 0, stride: 0 }
    const shades = Array.from({ length: 32 * 18 }, (_, i) => {
      const x = Math.floor((((i % 32) + 0.5) * frame.codedWidth) / 32)
      const y = Math.floor(((Math.floor(i / 32) + 0.5) * frame.codedHeight) / 18)
      return bytes[offset + y * stride + x] ?? 0
    })
    return Math.max(...shades) - Math.min(...shades) > 8
  } finally {
    frame.close()
  }
}

const presses: Press[] = []
const frames: SeenFrame[] = []
/** The lab's press count before the first press of this page. */
let before: number | null = null
let loudest = 0

const probe: PageProbe = {
  presses,
  frames,
  mode: 'off',
  startedAtMs: null,
  pictureAtMs: null,
  async restart(mode) {
    presses.length = 0
    frames.length = 0
    before = (await probe.readSoon())?.presses ?? null
    probe.mode = mode
  },
  async read() {
    const video = stage()
    return video === null ? null : decode(video)
  },
  async readSoon() {
    const endMs = performance.now() + 2000
    let state = await probe.read()
    while (state === null && performance.now() < endMs) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      state = await probe.read()
    }
    return state
  },
  loudest() {
    const was = loudest
    loudest = 0
    return was
  },
  async listen() {
    const source = stage()?.srcObject
    if (!(source instanceof MediaStream)) throw new Error('no stream on the stage')
    const context = new AudioContext()
    await context.resume()
    const analyser = context.createAnalyser()
    analyser.fftSize = 2048
    context.createMediaStreamSource(source).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples)
      for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample))
    }, 10)
  },
}
window.probe = probe

window.addEventListener(
  'keydown',
  (event) => {
    if (probe.mode !== 'off' && !event.repeat) presses.push({ atMs: event.timeStamp, seenAtMs: null })
  },
  { capture: true },
)

for (const type of ['pointerdown', 'keydown'] as const)
  window.addEventListener(type, (event) => (probe.startedAtMs ??= event.timeStamp), { capture: true })

function settle(state: BarcodeState, atMs: number): void {
  if (before === null) return
  const seen = (state.presses - before) & 0xffff
  for (const press of presses.slice(0, seen)) press.seenAtMs ??= atMs
}

function follow(video: HTMLVideoElement): void {
  const onFrame = (): void => {
    const atMs = performance.now()
    video.requestVideoFrameCallback(onFrame)
    if (probe.pictureAtMs === null)
      showsSomething(video).then(
        (shows) => {
          if (shows) probe.pictureAtMs ??= atMs
        },
        () => undefined,
      )
    const waiting = presses.some((press) => press.seenAtMs === null)
    if (probe.mode === 'off' || (probe.mode === 'pending' && !waiting)) return
    decode(video).then(
      (state) => {
        if (probe.mode === 'all') frames.push({ atMs, state })
        if (state !== null) settle(state, atMs)
      },
      () => undefined,
    )
  }
  video.requestVideoFrameCallback(onFrame)
}

const waitForStage = setInterval(() => {
  const video = stage()
  if (video === null) return
  clearInterval(waitForStage)
  follow(video)
}, 50)
