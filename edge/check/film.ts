import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Framebuffer } from '../display/framebuffer.ts'

const fps = 10
const lengthMs = 6_000
const widest = 640
const bytesPerPixel = 4
/** Of what the sound server's recorder gives: two channels of 16 bits at 48 kHz. */
const soundBytesPerMs = 192

/** Raw pictures and sound in files, for an encoder. */
export interface Film {
  /** One picture after the other, blue first, four bytes a pixel. */
  readonly picturesFile: string
  /** 16 bits little-endian, 48 kHz, two channels; null: none came. */
  readonly soundFile: string | null
  readonly widthPx: number
  readonly heightPx: number
  readonly fps: number
}

export interface Camera {
  /** What is played meanwhile. */
  hear(pcm: Buffer): void
  /** Null: there is not a picture. */
  stop(): Film | null
}

/**
 * Films the first seconds of a screen, thinned out. Nothing is encoded meanwhile, so that the game's frames are counted as they are without
 * us: a picture costs a millisecond or two, and goes to the disk.
 * @param folder for its files, which are the caller's to remove
 */
export function startFilm(
  screen: Pick<Framebuffer, 'view' | 'strideBytes' | 'widthPx' | 'heightPx'>,
  folder: string,
): Camera {
  const step = Math.max(1, Math.ceil(screen.widthPx / widest))
  // H.264 of the kind that every player takes has its colours in squares of four pixels.
  const [widthPx, heightPx] = [even(screen.widthPx / step), even(screen.heightPx / step)]
  const [picturesFile, soundFile] = [join(folder, 'pictures'), join(folder, 'sound')]
  const files = { pictures: openSync(picturesFile, 'w', 0o600), sound: openSync(soundFile, 'w', 0o600) }
  const picture = Buffer.alloc(widthPx * heightPx * bytesPerPixel)
  const beganMs = performance.now()
  let taken = 0
  let soundBytes = 0
  let isOver = false

  const take = (): void => {
    const dueMs = Math.min(lengthMs, performance.now() - beganMs)
    const due = Math.floor((dueMs * fps) / 1000)
    if (due > taken) thin(screen, step, widthPx, heightPx, picture)
    // One that comes late stands for those before it, too.
    for (; taken < due; taken += 1) writeSync(files.pictures, picture)
    if (dueMs >= lengthMs) clearInterval(timer)
  }
  const timer = setInterval(take, 1000 / fps)

  return {
    hear(pcm) {
      if (isOver || soundBytes >= lengthMs * soundBytesPerMs) return
      writeSync(files.sound, pcm)
      soundBytes += pcm.length
    },
    stop() {
      clearInterval(timer)
      isOver = true
      closeSync(files.pictures)
      closeSync(files.sound)
      return taken === 0
        ? null
        : {
            ...{ picturesFile, widthPx, heightPx, fps },
            soundFile: soundBytes === 0 ? null : soundFile,
          }
    },
  }
}

const even = (length: number): number => Math.floor(length / 2) * 2

function thin(
  { view, strideBytes }: Pick<Framebuffer, 'view' | 'strideBytes'>,
  step: number,
  widthPx: number,
  heightPx: number,
  picture: Buffer,
): void {
  for (let y = 0; y < heightPx; y += 1) {
    const [line, from] = [y * widthPx * bytesPerPixel, y * step * strideBytes]
    if (step === 1) view.copy(picture, line, from, from + widthPx * bytesPerPixel)
    else
      for (let x = 0; x < widthPx; x += 1)
        picture.writeUInt32LE(view.readUInt32LE(from + x * step * bytesPerPixel), line + x * bytesPerPixel)
  }
}
