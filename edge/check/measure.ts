import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { CheckMeasures } from '../../config/protocol/check.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import { watchDamage } from '../display/damage.ts'
import type { Display } from '../display/display.ts'
import { type Framebuffer, openFramebuffer } from '../display/framebuffer.ts'
import type { GameExit, RunningGame } from '../sandbox/sandbox.ts'
import { askToEnd } from '../sandbox/processTree.ts'
import type { InputSink } from '../session/inputRouter.ts'
import type { SoundServer } from '../sound/sound.ts'
import { type Camera, type Film, startFilm } from './film.ts'
import { levelOf } from './level.ts'
import { changeOf, lookAt } from './looks.ts'
import { pictureOf } from './picture.ts'
import { savesIn } from './savesIn.ts'
import { type ScriptedInput, scriptFor } from './script.ts'
import { seenWindows } from './windows.ts'

export interface CheckedTitle {
  readonly manifest: TitleManifest
  readonly display: Display
  readonly sound: SoundServer | null
  readonly homeDir: string
  /** Makes a clip of a film, in a folder that goes afterwards; null: it cannot. Absent: nobody wants one. */
  readonly makeClip?: (film: Film, folder: string) => Promise<Buffer | null>
  /** For files that are needed for a moment. */
  readonly workDir: string
  readonly game: RunningGame
  /** What it has tried so far; null: it could not be watched. */
  readonly access?: () => CheckMeasures['access']
  readonly sink: Pick<InputSink, 'button' | 'key' | 'pointer' | 'releaseAll'>
  /** Null: it stayed dark. */
  readonly firstPictureMs: number | null
}

/** A logo or a loading screen is over, in most titles. */
const settleMs = 2_000
const heldMs = 120
/** From an input to the look at what came of it. */
const lookAfterMs = 480
const askedToEndMs = 5_000
const logLines = 60
const lineChars = 400

/**
 * Plays a title by script, on its own display and sound: everything is read where the stream would read it, so that what a player would
 * see and hear is what is measured. Ends the game.
 */
export async function measureTitle(
  title: CheckedTitle,
): Promise<{ readonly measures: CheckMeasures; readonly clip: Buffer | null }> {
  const folder = await mkdtemp(join(title.workDir, 'clip-'))
  try {
    const { measures, film } = await measureInto(title, title.makeClip === undefined ? null : folder)
    return { measures, clip: film === null ? null : ((await title.makeClip?.(film, folder)) ?? null) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureInto(
  title: CheckedTitle,
  folder: string | null,
): Promise<{ readonly measures: CheckMeasures; readonly film: Film | null }> {
  const { manifest, display, game, firstPictureMs } = title
  const ended = new AbortController()
  let exit: GameExit | null = null
  void game.exited.then((how) => {
    exit = how
    ended.abort()
  })
  const frames = countFrames(display, manifest.display.fps, ended.signal)
  const shot: { camera: Camera | null } = { camera: null }
  const ear = listen(title.sound, (pcm) => shot.camera?.hear(pcm))
  const begin = (screen: Framebuffer): Camera | null =>
    (shot.camera = folder === null ? null : startFilm(screen, folder))
  const { inputs, changedByInput, pictures, film } = await play(title, ended.signal, begin)
  const windows = exit === null ? await seenWindows(display).catch(() => []) : []
  const [framesBySecond, loudestDbfs] = [await frames.stop(), await ear.stop()]
  const how = exit === null ? await askedToEnd(game) : { ...(exit as GameExit), asked: false, tookMs: 0 }
  const measures = {
    firstPictureMs,
    framesBySecond: [...framesBySecond],
    changedByInput,
    inputs: [...inputs],
    loudestDbfs,
    hasSoundServer: title.sound !== null,
    windows: [...windows],
    access: title.access?.() ?? null,
    exit: how,
    saves: manifest.saves === undefined ? null : await savesIn(title.homeDir, manifest.saves),
    pictures: [...pictures],
    log: lastWords(game),
  }
  return { measures, film }
}

export const lastWords = (game: RunningGame): string[] =>
  game
    .log()
    .slice(-logLines)
    .map((line) => line.slice(0, lineChars))

async function play(
  { manifest, display, sink }: CheckedTitle,
  ended: AbortSignal,
  begin: (screen: Framebuffer) => Camera | null,
): Promise<Pick<CheckMeasures, 'changedByInput' | 'inputs' | 'pictures'> & { readonly film: Film | null }> {
  const inputs: string[] = []
  const pictures: CheckMeasures['pictures'] = []
  let changedByInput = 0
  let camera: Camera | null = null
  let film: Film | null = null
  const screen = openFramebuffer(display.framebufferFile)
  const show = (name: 'begin' | 'end'): void => {
    const png = pictureOf(screen)
    if (png !== null) pictures.push({ name, png: png.toString('base64') })
  }
  try {
    await wait(settleMs, undefined, { signal: ended })
    show('begin')
    camera = begin(screen)
    for (const input of scriptFor(manifest)) {
      const before = lookAt(screen)
      press(input, sink, true)
      await wait(heldMs, undefined, { signal: ended })
      press(input, sink, false)
      await wait(lookAfterMs, undefined, { signal: ended })
      inputs.push(input.name)
      changedByInput = Math.max(changedByInput, changeOf(before, lookAt(screen)))
    }
  } catch (cause) {
    // The game ended first, which its exit tells.
    if (!ended.aborted) throw cause
  } finally {
    if (!ended.aborted) sink.releaseAll()
    show('end')
    film = camera?.stop() ?? null
    screen.close()
  }
  return { inputs, changedByInput, pictures, film }
}

function press(input: ScriptedInput, sink: CheckedTitle['sink'], down: boolean): void {
  if (input.kind === 'key') return sink.key(input.evdev, down, 0)
  sink.pointer(input.x, input.y, 0)
  sink.button(input.button, down, 0)
}

/** Frames as the stream would take them: at most one in each of its intervals, if anything was drawn. */
function countFrames(
  display: Display,
  fps: number,
  ended: AbortSignal,
): { stop(): Promise<readonly number[]> } {
  const seconds: number[] = []
  const stopped = new AbortController()
  const { signal } = stopped
  ended.addEventListener('abort', () => stopped.abort(), { once: true })
  if (ended.aborted) stopped.abort()
  const counting = (async (): Promise<void> => {
    await using damage = await watchDamage(display, () => {})
    const beganMs = performance.now()
    let drawn = 0
    for (let tick = 1; !signal.aborted; tick += 1) {
      await wait(Math.max(0, beganMs + (tick * 1000) / fps - performance.now()), undefined, { signal })
      if ((await damage.take()) !== null) drawn += 1
      if (tick % fps !== 0) continue
      seconds.push(drawn)
      drawn = 0
    }
  })().catch((cause: unknown) => {
    if (!signal.aborted) throw cause
  })
  counting.catch(() => {})
  return {
    async stop() {
      stopped.abort()
      await counting
      return seconds.slice(0, 120)
    },
  }
}

function listen(sound: SoundServer | null, onPcm: (pcm: Buffer) => void): { stop(): Promise<number | null> } {
  let loudest: number | null = null
  const recording = sound?.record(10, (pcm) => {
    onPcm(pcm)
    const level = levelOf(pcm)
    if (level !== null && (loudest === null || level > loudest)) loudest = level
  })
  recording?.catch(() => {})
  return {
    async stop() {
      const recorder = await recording?.catch(() => null)
      await recorder?.[Symbol.asyncDispose]()
      return loudest
    },
  }
}

export async function askedToEnd(game: RunningGame): Promise<CheckMeasures['exit']> {
  const beganMs = performance.now()
  await askToEnd(game.pid)
  const how = await within(askedToEndMs, game.exited)
  return how === null ? { kind: 'stayed' } : { ...how, asked: true, tookMs: performance.now() - beganMs }
}

/** Null: it did not come in time. */
async function within<T>(ms: number, awaited: Promise<T>): Promise<T | null> {
  const patience = new AbortController()
  const late = wait(ms, null, { signal: patience.signal }).catch(() => null)
  const first = await Promise.race([awaited, late])
  patience.abort()
  return first
}
