import { execFileSync } from 'node:child_process'
import { accessSync, constants, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { totalmem, tmpdir } from 'node:os'
import path from 'node:path'
import { keepReadyTitles } from '../../edge/agent/readyTitles.ts'
import { startDisplay } from '../../edge/display/xvfb.ts'
import { waitForPicture } from '../../edge/session/firstPicture.ts'
import { startSound } from '../../edge/sound/pulse.ts'
import { buildTitles, startReads } from '../../edge/titles/build.ts'
import { availableTitles, type Title } from '../../edge/titles/catalogue.ts'
import { startTitle } from '../../edge/titles/startTitle.ts'
import { type BenchRun, median } from './report.ts'

/**
 * From the order to start a game, display and sound standing ready, to its first picture: with nothing of it in memory (`cold`), kept
 * ready by the node (`ready`), and a moment after it was played here (`again`). Empties the system's page cache, so that it runs as
 * root only.
 */
const titlesDir = path.resolve(import.meta.dirname, '../../edge/titles')
const rounds = 5
const seat = 40
const ways = ['cold', 'ready', 'again'] as const
const pageCache = '/proc/sys/vm/drop_caches'

function forgetFiles(): void {
  execFileSync('sync')
  writeFileSync(pageCache, '3')
}

async function read(title: Title, builtDir: string): Promise<void> {
  const { id } = title.manifest
  let done = (): void => {}
  const ready = new Promise<void>((resolve) => {
    done = resolve
  })
  await using titles = keepReadyTitles({
    reads: () => async () => ({ host: startReads(title, builtDir), packed: [] }),
    maxBytes: totalmem() / 4,
    onChange: () => done(),
  })
  titles.keep([id])
  await ready
}

async function startMs(title: Title, way: (typeof ways)[number]): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nearcade-bench-'))
  try {
    const [builtDir, homeDir] = [path.join(folder, 'built'), path.join(folder, 'home')]
    await mkdir(homeDir)
    await buildTitles([title], builtDir)
    await using display = await startDisplay({ sessionDir: folder, seat, ...title.manifest.display })
    await using sound = await startSound({ sessionDir: folder, seat })
    if (way !== 'again') forgetFiles()
    if (way === 'ready') await read(title, builtDir)
    const beganMs = performance.now()
    const sessionId = `bench-${title.manifest.id}`
    await using _game = await startTitle({ title, builtDir, sessionId, seat, homeDir, display, sound })
    await waitForPicture(display, { timeoutMs: 30_000, signal: new AbortController().signal })
    return performance.now() - beganMs
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function run(bench: BenchRun): Promise<void> {
  accessSync(pageCache, constants.W_OK)
  for (const title of await availableTitles(titlesDir)) {
    const times = new Map<string, number[]>(ways.map((way) => [way, []]))
    // In turns, so that what else the machine does is the same for all.
    for (let round = 0; round < rounds; round += 1)
      for (const way of ways) {
        bench.progress(`${title.manifest.id}, ${way}, ${round + 1} of ${rounds}`)
        times.get(way)?.push(await startMs(title, way))
      }
    for (const [way, all] of times)
      bench.row(`${title.manifest.id}/${way}`, 'startToPictureP50Ms', 'ms', Math.round(median(all)))
  }
}
