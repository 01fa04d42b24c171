import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { InstallAsk } from './installProcess.ts'
import { type FakeRouter, noise, pack, serveNodePackages } from './packages.ts'

const program = fileURLToPath(new URL('installProcess.ts', import.meta.url))

describe('a disk that is full before anybody could know', function () {
  this.timeout(30_000)
  let folder: string
  let router: FakeRouter

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-packages-'))
    router = await serveNodePackages()
  })
  afterEach(async () => {
    await router[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('is told as such, and as nothing else', async () => {
    const game = pack('game', '1.0.0', { level: noise(5 * 1024 ** 2, 'level') })
    router.packed.set(game.treeId, game)
    const ask: InstallAsk = { dataDir: folder, url: router.url, want: [game.want] }
    // A file system with room for it, until somebody else takes that.
    const inside = 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$@"'
    const node = [process.execPath, '--import', 'tsx', program, JSON.stringify(ask)]
    const child = spawn('unshare', ['--map-root-user', '--mount', 'sh', '-c', inside, folder, ...node], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const exited = once(child, 'exit')
    let filled: Promise<void> | null = null
    router.beforeChunk = () => (filled ??= fill(`/proc/${child.pid}/root${folder}/others`))
    try {
      const [said] = (await once(child, 'message')) as [object]
      expect(said).to.deep.equal({ fault: 'node-full' })
    } finally {
      child.kill('SIGKILL')
      await exited
    }
  })
})

async function fill(path: string): Promise<void> {
  const file = await open(path, 'w')
  const bytes = Buffer.alloc(64 * 1024, 1)
  try {
    for (;;) await file.write(bytes)
  } catch (cause) {
    expect((cause as NodeJS.ErrnoException).code).to.equal('ENOSPC')
  } finally {
    await file.close()
  }
}
