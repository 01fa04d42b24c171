import { mkdtemp, open, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  type FakeRouter,
  faultsOf,
  hastyClock,
  noise,
  offered,
  openNode,
  pack,
  serveNodePackages,
} from './packages.ts'

const MiB = 1024 ** 2

/** As a disk does it that rots or loses what it said was written: nothing but the bytes changes. */
async function rot(path: string, at = 1000): Promise<void> {
  const { atimeMs, mtimeMs } = await stat(path)
  const file = await open(path, 'r+')
  await file.write(Buffer.from('rotten'), 0, 6, at)
  await file.close()
  await utimes(path, atimeMs / 1000, mtimeMs / 1000)
}

describe('a node that may not have what it thinks', () => {
  let folder: string
  let router: FakeRouter
  const level = noise(3 * MiB, 'level')
  const game = pack('game', '1.0.0', { level, own: noise(MiB, 'own') })
  const next = pack('game', '1.1.0', { level })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-packages-'))
    router = await serveNodePackages()
    for (const one of [game, next]) router.packed.set(one.treeId, one)
    await using node = await openNode(folder, router.url)
    node.packages.want([game.want, next.want])
    await node.until((now) => offered(now).length === 2)
    router.sentBytes = 0
  })
  afterEach(async () => {
    await router[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const levelOf = (treeId: string): string => join(folder, 'packages', 'versions', treeId, 'level')
  const powerCut = (treeId: string): Promise<void> =>
    writeFile(join(folder, 'packages', 'unsettled', treeId), 'another boot')

  it('reads a version through that a power cut may have hurt, before it is offered', async () => {
    await powerCut(game.treeId)
    await using node = await openNode(folder, router.url)
    expect(offered(node.packages)).to.deep.equal(['game 1.1.0'])
    node.packages.want([game.want, next.want])
    await node.until((now) => offered(now).length === 2)
    expect(router.sentBytes).to.equal(0)
    await using again = await openNode(folder, router.url)
    expect(offered(again.packages)).to.have.length(2)
  })

  it('fetches what the cut has taken, for every version that has it', async () => {
    await rot(levelOf(game.treeId))
    await powerCut(game.treeId)
    await using node = await openNode(folder, router.url)
    node.packages.want([game.want, next.want])
    await node.until((now) => offered(now).length === 2)
    for (const { treeId } of [game, next])
      expect((await readFile(levelOf(treeId))).equals(level), treeId).to.equal(true)
    expect(router.sentBytes).to.equal(level.length)
  })

  it('does not forget its doubt when it is restarted', async () => {
    await rot(levelOf(game.treeId))
    await powerCut(game.treeId)
    const inUse = new Set([next.treeId])
    {
      await using node = await openNode(folder, router.url, { inUse: () => inUse })
      node.packages.want([game.want, next.want])
      await node.until((now) => offered(now).join() === 'game 1.0.0')
      // Whoever plays the other version goes on with the file that it has.
      expect((await readFile(levelOf(next.treeId))).equals(level)).to.equal(false)
    }
    await using node = await openNode(folder, router.url)
    expect(offered(node.packages)).to.deep.equal(['game 1.0.0'])
    node.packages.want([game.want, next.want])
    await node.until((now) => offered(now).length === 2)
    expect((await readFile(levelOf(next.treeId))).equals(level)).to.equal(true)
  })

  it('takes nothing wrong from one version into another, and heals the one that has it', async () => {
    await rot(levelOf(game.treeId), MiB + 5)
    const changed = Buffer.from(level)
    changed.write('changed', 2 * MiB)
    const third = pack('game', '1.2.0', { level: changed })
    router.packed.set(third.treeId, third)
    await using node = await openNode(folder, router.url)
    node.packages.want([third.want, game.want, next.want])
    await node.until((now) => offered(now).includes('game 1.2.0'))
    expect((await readFile(levelOf(third.treeId))).equals(changed)).to.equal(true)
    await node.until((now) => offered(now).length === 3)
    for (const { treeId } of [game, next])
      expect((await readFile(levelOf(treeId))).equals(level), treeId).to.equal(true)
  })

  it('finds what has rotted unnoticed, while nobody plays', async () => {
    await rot(levelOf(game.treeId))
    let isBusy = true
    await using node = await openNode(folder, router.url, { clock: hastyClock, isBusy: () => isBusy })
    node.packages.want([game.want, next.want])
    expect(await node.packages.use(game.treeId)).to.equal(null)
    isBusy = false
    await node.until((now) => offered(now).length < 2)
    await node.until((now) => offered(now).length === 2)
    for (const { treeId } of [game, next])
      expect((await readFile(levelOf(treeId))).equals(level), treeId).to.equal(true)
  })

  it('says so when the disk has no room, and leaves what others need of it', async () => {
    const large = pack('large', '1.0.0', { data: noise(4 * MiB, 'large') })
    router.packed.set(large.treeId, large)
    await using node = await openNode(folder, router.url, { keepFreeBytes: 2 ** 60 })
    node.packages.want([game.want, large.want])
    await node.until((now) => faultsOf(now)['large 1.0.0'] !== undefined)
    expect(faultsOf(node.packages)).to.deep.equal({ 'large 1.0.0': 'node-full' })
    // Nothing went for what has no room anyway.
    expect(offered(node.packages)).to.have.length(2)
    expect(router.sentBytes).to.equal(0)
  })
})
