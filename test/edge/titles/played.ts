import { closeSync, openSync, readSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createInjector } from '../../../edge/display/inject.ts'
import type { Injector } from '../../../edge/display/inject.ts'
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { startSound } from '../../../edge/sound/pulse.ts'
import { buildTitles } from '../../../edge/titles/build.ts'
import { loadTitles } from '../../../edge/titles/catalogue.ts'
import { startTitle } from '../../../edge/titles/startTitle.ts'
import type { RunningTitle } from '../../../edge/titles/startTitle.ts'

const titlesDir = fileURLToPath(new URL('../../../edge/titles/', import.meta.url))

export interface PlayedTitle extends AsyncDisposable {
  readonly game: RunningTitle
  readonly injector: Injector
  /** Loudest sample since the last call, 0..32767. */
  peak(): number
  /** Of sound recorded so far, silence too: a clock that runs with the session. */
  heardMs(): number
  /** Green of a pixel on the screen now, which is good enough for luma. */
  readonly screen: { read(): (x: number, y: number) => number }
}

/** A real title on a real display with real sound, without encoder and network. */
export async function playTitle(id: string, seat: number): Promise<PlayedTitle> {
  const folder = await mkdtemp(join(tmpdir(), `nearcade-test-${id}-`))
  const title = (await loadTitles(titlesDir)).find(({ manifest }) => manifest.id === id)
  if (title === undefined) throw new Error(`there is no title ${id}`)
  const builtDir = join(folder, 'built')
  const homeDir = join(folder, 'home')
  await mkdir(homeDir)
  await buildTitles([title], builtDir)
  const { widthPx, heightPx } = title.manifest.display
  const display = await startDisplay({ sessionDir: folder, seat, widthPx, heightPx })
  const sound = await startSound({ sessionDir: folder, seat })
  let peak = 0
  let blocks = 0
  await sound.record(10, (pcm) => {
    blocks += 1
    for (let i = 0; i < pcm.length; i += 2) peak = Math.max(peak, Math.abs(pcm.readInt16LE(i)))
  })
  const injector = await createInjector(display, {
    announceInputs: title.manifest.input.announceInputs === true,
  })
  const game = await startTitle({ title, builtDir, sessionId: `test-${id}`, seat, homeDir, display, sound })
  const file = openSync(display.framebufferFile, 'r')
  const bytes = Buffer.alloc(4 * widthPx * heightPx + 65_536)
  return {
    game,
    injector,
    peak() {
      const loudest = peak
      peak = 0
      return loudest
    },
    heardMs: () => blocks * 10,
    screen: {
      read() {
        readSync(file, bytes, 0, bytes.length, 0)
        // XWD: header size, and 12 bytes for each of its colours, come before the pixels
        const start = bytes.readUInt32BE(0) + bytes.readUInt32BE(19 * 4) * 12
        return (x, y) => bytes[start + 4 * (y * widthPx + x) + 1] ?? 0
      },
    },
    async [Symbol.asyncDispose]() {
      closeSync(file)
      await game[Symbol.asyncDispose]()
      await injector[Symbol.asyncDispose]()
      await sound[Symbol.asyncDispose]()
      await display[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
