/**
 * `npm run covers -- [title id …]`: starts each title in its sandbox, plays a few scripted inputs and takes its picture from the
 * display's memory into `cover.jpg`. Run it where nothing else is busy, and look at what it made.
 */
import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import ffmpeg from 'fluent-ffmpeg'
import { createInjector } from '../display/inject.ts'
import type { Injector } from '../display/inject.ts'
import { startDisplay } from '../display/xvfb.ts'
import { startSound } from '../sound/pulse.ts'
import { buildTitles } from './build.ts'
import { availableTitles } from './catalogue.ts'
import type { Title } from './catalogue.ts'
import { coverScripts, plainScript } from './coverScripts.ts'
import type { CoverStep } from './coverScripts.ts'
import { findFfmpeg } from './ffmpeg.ts'
import { startTitle } from './startTitle.ts'

const titlesDir = fileURLToPath(new URL('.', import.meta.url))
const maxCoverBytes = 120 * 1024
/** JPEG quality steps of FFmpeg, best first: the first one whose file is small enough is taken. */
const qualities = [3, 5, 7, 10, 14, 20]
/** A seat that no agent uses. */
const seat = 99

async function play(injector: Injector, steps: readonly CoverStep[]): Promise<void> {
  for (const step of steps) {
    switch (step.kind) {
      case 'wait':
        await wait(step.ms)
        break
      case 'press':
        injector.control(step.control, true)
        await wait(step.ms)
        injector.control(step.control, false)
        break
      case 'down':
      case 'up':
        injector.control(step.control, step.kind === 'down')
        break
      case 'pointer':
        injector.pointer(step.x, step.y)
        break
      case 'move':
        injector.move(step.dxPx, step.dyPx)
        break
      default:
        step satisfies never
    }
  }
}

/** The framebuffer is an XWD file, which FFmpeg reads; its padding byte is no transparency. */
const encode = (from: string, to: string, quality: number): Promise<void> =>
  new Promise((resolve, reject) => {
    ffmpeg(from)
      .inputFormat('xwd_pipe')
      .videoFilters(['format=rgb24', 'scale=1280:720', 'format=yuvj420p'])
      .outputOptions(['-frames:v 1', `-q:v ${quality}`, '-map_metadata -1'])
      .on('end', () => resolve())
      .on('error', (error) => reject(error))
      .save(to)
  })

async function capture(title: Title, builtDir: string): Promise<void> {
  const sessionDir = await mkdtemp(join(tmpdir(), 'nearcade-cover-'))
  const homeDir = join(sessionDir, 'home')
  const picture = join(sessionDir, 'screen.xwd')
  await mkdir(homeDir)
  const { widthPx, heightPx } = title.manifest.display
  const display = await startDisplay({ sessionDir, seat, widthPx, heightPx })
  const sound = await startSound({ sessionDir, seat })
  try {
    const injector = await createInjector(display)
    const game = await startTitle({ title, builtDir, sessionId: 'cover', seat, homeDir, display, sound })
    await play(injector, coverScripts[title.manifest.id] ?? plainScript)
    await copyFile(display.framebufferFile, picture)
    await game[Symbol.asyncDispose]()
    await injector[Symbol.asyncDispose]()
    let bytes = Number.POSITIVE_INFINITY
    for (const quality of qualities) {
      if (bytes <= maxCoverBytes) break
      await encode(picture, title.coverFile, quality)
      bytes = (await stat(title.coverFile)).size
    }
    console.log(`${title.manifest.id}: ${title.manifest.cover}, ${Math.round(bytes / 1024)} KiB`)
  } finally {
    await sound[Symbol.asyncDispose]()
    await display[Symbol.asyncDispose]()
    await rm(sessionDir, { recursive: true, force: true })
  }
}

const wanted = process.argv.slice(2)
const { path, from } = findFfmpeg(process.env)
console.log(`ffmpeg: ${path} (${from})`)
ffmpeg.setFfmpegPath(path)
const titles = (await availableTitles(titlesDir)).filter(
  ({ manifest }) => wanted.length === 0 || wanted.includes(manifest.id),
)
const builtDir = await mkdtemp(join(tmpdir(), 'nearcade-built-'))
try {
  await buildTitles(titles, builtDir)
  for (const title of titles) await capture(title, builtDir)
} finally {
  await rm(builtDir, { recursive: true, force: true })
}
