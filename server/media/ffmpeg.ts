import type { Log } from '../log.ts'
import { type Ran, type RunConfined, runConfined, type RunLimits } from './confined.ts'
import { findFfmpeg } from './findFfmpeg.ts'

/** A program that decodes, scales and encodes, as it was found to work here. */
export interface Ffmpeg {
  /** @throws the signal's reason */
  run(args: readonly string[], folder: string, limits: RunLimits, signal: AbortSignal): Promise<Ran>
  /** What it writes pictures as. */
  readonly pictures: 'webp' | 'jpg'
  /** Whether it writes H.264 and AAC. */
  readonly writesTrailers: boolean
}

const lookLimits: RunLimits = {
  memoryBytes: 1024 ** 3,
  cpuSeconds: 10,
  wallMs: 20_000,
  fileBytes: 1024 ** 2,
}

/**
 * Tries the program that there is, inside of bubblewrap where that works, and says which one it is.
 * @param set its path; '' looks for one
 * @param folder of work
 * @returns null: there is none that works
 */
export async function openFfmpeg(
  set: string,
  folder: string,
  log: Log,
  signal: AbortSignal,
): Promise<Ffmpeg | null> {
  const { program, from } = findFfmpeg(set)
  for (const cage of ['bubblewrap', 'none'] as const) {
    const run = runConfined(cage)
    const encoders = await encodersOf(run, program, folder, signal)
    if (encoders === null) continue
    const pictures = encoders.has('libwebp') ? 'webp' : 'jpg'
    const writesTrailers = encoders.has('libx264') && encoders.has('aac')
    log.info({ program, from, cage, pictures, writesTrailers }, 'ffmpeg makes pictures and trailers')
    return {
      run: (args, where, limits, stop) => run(program, args, { folder: where, limits, signal: stop }),
      pictures,
      writesTrailers,
    }
  }
  log.warn({ program, from }, 'ffmpeg does not work: what titles show is shown as it came')
  return null
}

/** By asking for each: the list of all of them goes to a stream that nobody reads here. */
async function encodersOf(
  run: RunConfined,
  program: string,
  folder: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | null> {
  const found = new Set<string>()
  for (const encoder of ['mjpeg', 'libwebp', 'libx264', 'aac']) {
    const source = encoder === 'aac' ? 'anullsrc' : 'color=s=64x64:r=1'
    const args = ['-nostdin', '-hide_banner', '-f', 'lavfi', '-i', source, '-t', '1', '-c', encoder]
    const options = { folder, limits: lookLimits, signal }
    const ran = await run(program, [...args, '-f', 'null', '-'], options).catch((cause: unknown) => {
      signal.throwIfAborted()
      void cause
      return null
    })
    if (ran?.code === 0) found.add(encoder)
    else if (encoder === 'mjpeg') return null
  }
  return found
}
