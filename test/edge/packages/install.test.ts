import { lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  type FakeRouter,
  faultsOf,
  noise,
  offered,
  openNode,
  pack,
  serveNodePackages,
  type TestNode,
} from './packages.ts'

const MiB = 1024 ** 2

describe('packages on a node', () => {
  let folder: string
  let router: FakeRouter
  const nodes: TestNode[] = []
  const node = async (options: Parameters<typeof openNode>[2] = {}): Promise<TestNode> => {
    const opened = await openNode(folder, router.url, options)
    nodes.push(opened)
    return opened
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-packages-'))
    router = await serveNodePackages()
  })
  afterEach(async () => {
    for (const opened of nodes.splice(0)) await opened[Symbol.asyncDispose]()
    await router[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('are installed as they were packed: bytes, links, what may be executed, and nothing that could be written', async () => {
    const umask = process.umask(0o077)
    try {
      const level = noise(2.5 * MiB, 'level')
      const game = pack(
        'game',
        '1.0.0',
        {
          'bin/game': { bytes: Buffer.from('#!/bin/sh\n'), executable: true },
          'data/level': level,
          'data/again': level,
          empty: Buffer.alloc(0),
        },
        [{ path: 'bin/level', target: '../data/level' }],
      )
      router.packed.set(game.treeId, game)
      const { packages, until } = await node()
      packages.want([game.want])
      await until((now) => offered(now).includes('game 1.0.0'))
      const at = packages.find('game', '1.0.0')?.folder ?? ''
      expect((await readFile(join(at, 'data/level'))).equals(level)).to.equal(true)
      expect((await readFile(join(at, 'bin/level'))).equals(level)).to.equal(true)
      expect(await readlink(join(at, 'bin/level'))).to.equal('../data/level')
      const modes: Record<string, string> = {}
      for (const path of ['.', 'bin', 'bin/game', 'data/level', 'empty'])
        modes[path] = ((await lstat(join(at, path))).mode & 0o777).toString(8)
      expect(modes).to.deep.equal({
        '.': '755',
        bin: '755',
        'bin/game': '555',
        'data/level': '444',
        empty: '444',
      })
      // The same bytes are once on the disk and once on the way.
      expect((await lstat(join(at, 'data/level'))).ino).to.equal((await lstat(join(at, 'data/again'))).ino)
      expect(router.sentBytes).to.be.lessThan(3 * MiB)
      expect(packages.find('game', '1.0.1')).to.equal(null)
      expect(packages.status()).to.deep.equal({ installing: [], installFaults: [] })
    } finally {
      process.umask(umask)
    }
  })

  it('of a new version take what has not changed from the old one', async () => {
    const rest = noise(3 * MiB, 'rest')
    const before = noise(8 * MiB, 'level')
    const after = Buffer.from(before)
    after.write('changed', 5 * MiB + 100)
    const old = pack('game', '1.0.0', { level: before, rest })
    const next = pack('game', '1.1.0', { level: after, rest, 'renamed/rest': rest })
    router.packed.set(old.treeId, old)
    router.packed.set(next.treeId, next)
    const { packages, until } = await node()
    packages.want([old.want])
    await until((now) => offered(now).includes('game 1.0.0'))
    router.sentBytes = 0
    packages.want([next.want, old.want])
    await until((now) => offered(now).includes('game 1.1.0'))
    expect(router.sentBytes).to.be.lessThan(MiB + 10_000)
    const [a = '', b = ''] = ['1.0.0', '1.1.0'].map((version) => packages.find('game', version)?.folder)
    expect((await readFile(join(b, 'level'))).equals(after)).to.equal(true)
    expect((await readFile(join(a, 'level'))).equals(before)).to.equal(true)
    expect((await lstat(join(a, 'rest'))).ino).to.equal((await lstat(join(b, 'renamed/rest'))).ino)
  })

  it('are there after a restart, without a word with the router', async () => {
    const game = pack('game', '1.0.0', { level: noise(MiB, 'level') })
    router.packed.set(game.treeId, game)
    const first = await node()
    first.packages.want([game.want])
    await first.until((now) => offered(now).length === 1)
    await nodes.pop()?.[Symbol.asyncDispose]()
    await router[Symbol.asyncDispose]()
    expect(offered((await node()).packages)).to.deep.equal(['game 1.0.0'])
    await nodes.pop()?.[Symbol.asyncDispose]()
    // The same, with so many seats that none of them has the memory for it.
    const { packages } = await node({ seat: { memoryBytes: 1024, cpuCores: 1 } })
    packages.want([game.want])
    expect(offered(packages)).to.deep.equal([])
    expect(faultsOf(packages)).to.deep.equal({ 'game 1.0.0': 'seat-too-small' })
    router = await serveNodePackages()
  })

  it('come in the order of the list; one that is wanted no more makes way at once', async () => {
    const [a, b] = [
      pack('a', '1.0.0', { data: noise(40 * MiB, 'a') }),
      pack('b', '1.0.0', { data: noise(MiB, 'b') }),
    ]
    for (const one of [a, b]) router.packed.set(one.treeId, one)
    let begun = (): void => {}
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve
    })
    let chunks = 0
    // The first package never ends.
    router.beforeChunk = async (hash) => {
      if (!a.chunks.has(hash)) return
      chunks += 1
      if (chunks > 5) {
        begun()
        await new Promise(() => {})
      }
    }
    const { packages, until } = await node()
    packages.want([a.want, b.want])
    await isBegun
    expect(packages.status().installing?.map(({ titleId }) => titleId)).to.deep.equal(['a'])
    packages.want([b.want])
    await until((now) => offered(now).length > 0)
    expect(offered(packages)).to.deep.equal(['b 1.0.0'])
  })

  it('come over few connections, which are kept', async () => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, noise(2 * MiB, `f${i}`)]))
    const game = pack('game', '1.0.0', files)
    router.packed.set(game.treeId, game)
    const { packages, until } = await node()
    packages.want([game.want])
    await until((now) => offered(now).length === 1)
    expect(router.connections).to.be.lessThan(6)
  })

  it('that were touched on the disk are found before they are played, and made anew when nobody plays them', async () => {
    const game = pack('game', '1.0.0', { level: noise(3 * MiB, 'level'), other: noise(2 * MiB, 'other') })
    const same = pack('game', '1.0.1', { level: noise(3 * MiB, 'level') })
    for (const one of [game, same]) router.packed.set(one.treeId, one)
    const inUse = new Set<string>()
    const { packages, until } = await node({ inUse: () => inUse })
    packages.want([game.want, same.want])
    await until((now) => offered(now).length === 2)
    expect(await packages.use(game.treeId)).to.equal(null)
    const at = packages.find('game', '1.0.0')?.folder ?? ''
    inUse.add(game.treeId)
    await rewrite(join(at, 'level'))
    router.sentBytes = 0
    expect(await packages.use(game.treeId)).to.contain('level')
    expect(packages.find('game', '1.0.0')).to.equal(null)
    inUse.clear()
    packages.released()
    await until((now) => offered(now).length === 2)
    for (const version of ['1.0.0', '1.0.1'])
      expect(
        (await readFile(join(packages.find('game', version)?.folder ?? '', 'level'))).equals(
          noise(3 * MiB, 'level'),
        ),
      ).to.equal(true)
    // The one file, for both of them.
    expect(router.sentBytes).to.equal(3 * MiB)
  })

  it('go when there is no room: first what nobody asked for, the longest unplayed first; never what is played', async () => {
    const packed = (id: string) => {
      const one = pack(id, '1.0.0', { data: noise(4 * MiB, id) })
      router.packed.set(one.treeId, one)
      return one.want
    }
    const [a, b, c, d] = [packed('a'), packed('b'), packed('c'), packed('d')]
    const inUse = new Set([a.treeId])
    const { packages, until } = await node({ maxBytes: 13 * MiB, inUse: () => inUse })
    packages.want([a, b, c])
    await until((now) => offered(now).length === 3)
    await packages.use(b.treeId)
    packages.want([d])
    await until((now) => offered(now).includes('d 1.0.0'))
    expect(offered(packages)).to.deep.equal(['a 1.0.0', 'b 1.0.0', 'd 1.0.0'])
    inUse.add(b.treeId)
    packages.want([c, d])
    await until((now) => offered(now).includes('c 1.0.0'))
    // What is wanted less went, because what is played stays.
    expect(offered(packages)).to.deep.equal(['a 1.0.0', 'b 1.0.0', 'c 1.0.0'])
    await until((now) => (now.status().installFaults ?? []).length === 1)
    expect(packages.status().installFaults?.[0]?.error.code).to.equal('node-full')
    expect((await readdir(join(folder, 'packages', 'versions'))).length).to.equal(3)
  })

  it('are refused where one takes more than half of the room, by its bytes or by its many files', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 600 }, (_, n) => [`small/${n}`, Buffer.from(`${n}`)]),
    )
    const [large, small] = [
      pack('large', '1.0.0', { data: noise(3 * MiB, 'a') }),
      pack('small', '1.0.0', many),
    ]
    for (const one of [large, small]) router.packed.set(one.treeId, one)
    const { packages, until } = await node({ maxBytes: 4 * MiB })
    packages.want([large.want, small.want])
    await until((now) => (now.status().installFaults ?? []).length === 2)
    expect(packages.status().installFaults?.map(({ error }) => error.code)).to.deep.equal([
      'package-too-large',
      'package-too-large',
    ])
    expect(router.sentBytes).to.equal(0)
  })

  it('that were begun and are wanted no more leave nothing behind when there is need of room', async () => {
    const [a, b] = [
      pack('a', '1.0.0', { data: noise(6 * MiB, 'a') }),
      pack('b', '1.0.0', { data: noise(6 * MiB, 'b') }),
    ]
    for (const one of [a, b]) router.packed.set(one.treeId, one)
    const { packages, until } = await node({ maxBytes: 12.5 * MiB })
    let chunks = 0
    const isBegun = new Promise<void>((resolve) => {
      router.beforeChunk = async (hash) => {
        if (!a.chunks.has(hash)) return
        chunks += 1
        if (chunks < 6) return
        while ((packages.status().installing?.[0]?.doneBytes ?? 0) < MiB)
          await new Promise((next) => setImmediate(next))
        resolve()
        await new Promise(() => {})
      }
    })
    packages.want([a.want])
    await isBegun
    const third = pack('c', '1.0.0', { data: noise(6 * MiB, 'c') })
    router.packed.set(third.treeId, third)
    packages.want([b.want, third.want])
    await until((now) => offered(now).length === 2)
    for (const what of ['partial', 'trees', 'unsettled'])
      expect(await readdir(join(folder, 'packages', what)), what).not.to.include(a.treeId)
  })
})

async function rewrite(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes.write('rotten', 1000)
  await writeFile(path, bytes, { flag: 'r+' })
}
