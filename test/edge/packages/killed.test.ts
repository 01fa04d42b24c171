import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { InstallAsk } from './installProcess.ts'
import {
  type FakeRouter,
  noise,
  offered,
  openNode,
  pack,
  type Packed,
  serveNodePackages,
  sha256Of,
} from './packages.ts'

const MiB = 1024 ** 2
/** Of the chunks. */
const half = 20
const program = fileURLToPath(new URL('installProcess.ts', import.meta.url))

describe('an installation that is killed', function () {
  this.timeout(60_000)
  let folder: string
  let router: FakeRouter
  let game: Packed
  const children: ChildProcess[] = []
  const files = {
    level: noise(24 * MiB + 5, 'level'),
    'data/sound': noise(8 * MiB, 'sound'),
    ...Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`small/${i}`, noise(3000, `small ${i}`)])),
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-packages-'))
    router = await serveNodePackages()
    game = pack('game', '1.0.0', files)
    router.packed.set(game.treeId, game)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await router[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const start = () => {
    const ask: InstallAsk = { dataDir: folder, url: router.url, want: [game.want] }
    const child = fork(program, [JSON.stringify(ask)], { execArgv: ['--import', 'tsx'] })
    children.push(child)
    return child
  }
  /** Kills it as soon as so many chunks were asked for since. */
  async function killedAfter(chunks: number): Promise<void> {
    let left = chunks
    let due = (): void => {}
    const isDue = new Promise<void>((resolve) => {
      due = resolve
    })
    router.beforeChunk = async () => {
      left -= 1
      if (left <= 0) due()
    }
    const child = start()
    await Promise.race([isDue, once(child, 'exit')])
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  it('is never taken for whole, whenever it is killed, and is right in the end', async () => {
    let kills = 0
    for (const chunks of [1, 3, 10, 15, 40, 80]) {
      await killedAfter(chunks)
      const versions = await readdir(join(folder, 'packages', 'versions')).catch(() => [])
      if (versions.length > 0) break
      kills += 1
    }
    expect(kills).to.be.greaterThan(3)
    router.beforeChunk = async () => {}
    await using node = await openNode(folder, router.url)
    node.packages.want([game.want])
    await node.until((now) => offered(now).length === 1)
    const at = node.packages.find('game', '1.0.0')?.folder ?? ''
    for (const [path, bytes] of Object.entries(files))
      expect((await readFile(join(at, path))).equals(bytes), path).to.equal(true)
  })

  it('goes on where it was: nothing that has come is fetched again', async () => {
    let landed = new Set<string>()
    const served = new Set<string>()
    router.beforeChunk = async (hash) => {
      if (served.size === half) await new Promise(() => {})
      served.add(hash)
    }
    const child = start()
    while (![...served].every((hash) => landed.has(hash)) || served.size < half) {
      await sleep(20)
      landed = await hashesUnder(join(folder, 'packages'))
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    router.beforeChunk = async () => {}
    const [code] = (await once(start(), 'exit')) as [number | null]
    expect(code).to.equal(0)
    expect(router.sentBytes).to.equal([...game.chunks.values()].reduce((sum, { length }) => sum + length, 0))
    // Once for the node, and once for the sizes of its chunks.
    expect(router.trees).to.equal(2)
  })
})

/** Of each MiB of each file. */
async function hashesUnder(folder: string): Promise<Set<string>> {
  const hashes = new Set<string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0))
    for (let at = 0; at < bytes.length; at += MiB) hashes.add(sha256Of(bytes.subarray(at, at + MiB)))
  }
  return hashes
}
