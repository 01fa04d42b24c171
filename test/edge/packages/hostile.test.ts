import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type PackageTree, treeText } from '../../../config/protocol/package.ts'
import { frameHead } from '../../../config/protocol/packageFrames.ts'
import {
  type FakeRouter,
  faultsOf,
  hastyClock,
  manifestOf,
  noise,
  offered,
  openNode,
  pack,
  type Packed,
  serveNodePackages,
  type TestNode,
} from './packages.ts'

const MiB = 1024 ** 2

describe('a node that gets a package', () => {
  let folder: string
  let router: FakeRouter
  let node: TestNode
  let game: Packed

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-packages-'))
    router = await serveNodePackages()
    node = await openNode(folder, router.url, { clock: hastyClock })
    game = pack('game', '1.0.0', { level: noise(2.5 * MiB, 'level') })
    router.packed.set(game.treeId, game)
  })
  afterEach(async () => {
    await node[Symbol.asyncDispose]()
    await router[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const onDisk = (what: string): Promise<string[]> => readdir(join(folder, 'packages', what))
  async function isRefused(want = game.want): Promise<string> {
    const { titleId, version } = want
    node.packages.want([want])
    await node.until((now) => faultsOf(now)[`${titleId} ${version}`] !== undefined)
    expect(offered(node.packages)).to.deep.equal([])
    expect(await onDisk('versions')).to.deep.equal([])
    return faultsOf(node.packages)[`${titleId} ${version}`] ?? ''
  }
  /** Whatever was told before, what is right is installed in the end, without another word of the router. */
  async function isInstalledOnceItIsRight(): Promise<void> {
    router.intercept = () => false
    await node.until((now) => offered(now).includes('game 1.0.0'))
    expect(faultsOf(node.packages)).to.deep.equal({})
  }
  const asksChunks = ({ url }: IncomingMessage): boolean => url?.endsWith('/chunks') === true
  const frame = (hash: string, bytes: Buffer): Buffer => Buffer.concat([frameHead(hash, bytes.length), bytes])
  const frames = (): Buffer[] => [...game.chunks].map(([hash, bytes]) => frame(hash, bytes))
  const answerChunks = (answer: (response: ServerResponse) => void): void => {
    router.intercept = (request, response) => {
      if (!asksChunks(request)) return false
      request.resume().on('end', () => answer(response))
      return true
    }
  }
  const endless = (response: ServerResponse, part: Buffer): void => {
    const more = (): void => {
      while (!response.destroyed) if (!response.write(part)) return void response.once('drain', more)
    }
    more()
  }

  const other = noise(MiB, 'other')
  const lies: Record<string, (response: ServerResponse) => void> = {
    'other bytes under the right name': (response) =>
      void response.end(
        Buffer.concat([...game.chunks].map(([hash, { length }]) => frame(hash, Buffer.alloc(length, 1)))),
      ),
    'a chunk that was not asked for': (response) =>
      void response.end(frame(createHash('sha256').update(other).digest('hex'), other)),
    'a chunk twice': (response) => {
      const [first = Buffer.alloc(0)] = frames()
      response.end(Buffer.concat([first, first]))
    },
    'a chunk that is larger than any': (response) =>
      void response.end(Buffer.concat([frameHead('0'.repeat(64), 2 ** 31), Buffer.alloc(10)])),
    'a body without an end': (response) => endless(response, Buffer.alloc(64 * 1024)),
    'chunks without an end': (response) => {
      for (const one of frames()) response.write(one)
      endless(response, frame('0'.repeat(64), Buffer.alloc(1000)))
    },
  }
  for (const [lie, answer] of Object.entries(lies))
    it(`refuses ${lie}`, async () => {
      answerChunks(answer)
      expect(await isRefused()).to.equal('package-unusable')
      await isInstalledOnceItIsRight()
    })

  const breaks: Record<string, (response: ServerResponse) => void> = {
    'breaks off within a chunk': (response) => void response.end(frames()[0]?.subarray(0, 100)),
    'lacks chunks': (response) => void response.end(),
    'is no answer': (response) => void response.writeHead(502).end('<h1>Bad gateway</h1>'),
    'is cut': (response) => void response.destroy(),
  }
  for (const [how, answer] of Object.entries(breaks))
    it(`waits for a better answer than one that ${how}`, async () => {
      answerChunks(answer)
      expect(await isRefused()).to.equal('router-unreachable')
      await isInstalledOnceItIsRight()
    })

  it('refuses a tree that is not the one that it asked for, or has no end', async () => {
    router.intercept = (_request, response) => {
      response.end(treeText(pack('game', '1.0.1', {}).tree))
      return true
    }
    expect(await isRefused()).to.equal('package-unusable')
    router.intercept = (_request, response) => {
      endless(response, Buffer.alloc(MiB, ' '))
      return true
    }
    node.packages.want([])
    expect(await isRefused()).to.equal('package-unusable')
    await isInstalledOnceItIsRight()
  })

  const file = (path: string) => ({ path, size: 0, executable: false, chunks: [] })
  const trees: Record<string, (tree: PackageTree) => PackageTree> = {
    'leads out': ({ files, links }) => ({ files: [file('../out'), ...files], links }),
    'is absolute': ({ files, links }) => ({ files: [file('/tmp/out'), ...files], links }),
    'links out': ({ files }) => ({ files, links: [{ path: 'zz', target: '../../../../../etc/passwd' }] }),
    'has two names that are one': ({ files, links }) => ({ files: [file('LEVEL'), ...files], links }),
    'has no manifest': ({ links }) => ({ files: [file('a')], links }),
    'is larger than all packages may be': ({ files, links }) => ({
      files: [
        ...files,
        { ...file('zz'), size: 2 * 1024 ** 3, chunks: Array.from({ length: 2048 }, () => '0'.repeat(64)) },
      ],
      links,
    }),
  }
  for (const [how, change] of Object.entries(trees))
    it(`refuses a tree that ${how}, though the router stands by it`, async () => {
      const tree = change(game.tree)
      const treeId = createHash('sha256').update(treeText(tree)).digest('hex')
      router.packed.set(treeId, { ...game, tree })
      expect(await isRefused({ ...game.want, treeId })).to.equal('package-unusable')
      expect(await onDisk('files')).to.deep.equal([])
    })

  const manifests: Record<string, [string, Buffer]> = {
    'of another title': ['manifest-refused', manifestOf('other', '1.0.0')],
    'of another version': ['manifest-refused', manifestOf('game', '2.0.0')],
    'that is none': ['manifest-refused', Buffer.from('{"id": "game"}')],
    'that is too large': ['manifest-refused', Buffer.alloc(2 * MiB, ' ')],
    'that reads what is its host’s': [
      'manifest-refused',
      manifestOf('game', '1.0.0', { reads: ['/root/.ssh'] }),
    ],
    'that climbs there': ['manifest-refused', manifestOf('game', '1.0.0', { needs: ['/usr/../proc/kcore'] })],
    'that asks for a package with a command in its name': [
      'manifest-refused',
      manifestOf('game', '1.0.0', { packages: ['game; reboot'] }),
    ],
    'that moves its home': [
      'manifest-refused',
      manifestOf('game', '1.0.0', {
        kind: 'linux',
        page: undefined,
        command: ['{title}/x'],
        env: { HOME: '/tmp' },
      }),
    ],
    'that asks for more memory than a seat has': [
      'seat-too-small',
      Buffer.from(
        JSON.stringify({
          ...JSON.parse(manifestOf('game', '1.0.0').toString()),
          limits: { memoryBytes: 2 * 1024 ** 3, maxProcesses: 8, cpuCores: 1, tmpBytes: MiB },
        }),
      ),
    ],
    'that needs what this node has not': [
      'node-lacks',
      manifestOf('game', '1.0.0', { needs: ['/usr/bin/not-there'] }),
    ],
  }
  for (const [how, [code, manifest]] of Object.entries(manifests))
    it(`fetches no more of a version than its manifest when that is one ${how}`, async () => {
      const wrong = pack('game', '1.0.0', { level: noise(3 * MiB, 'level'), 'nearcade.title.json': manifest })
      router.packed.set(wrong.treeId, wrong)
      expect(await isRefused(wrong.want)).to.equal(code)
      expect(router.sentBytes).to.be.lessThan(MiB)
    })

  it('says when the router has no such package for it, and goes on with the next', async () => {
    const next = pack('next', '1.0.0', {})
    router.packed.set(next.treeId, next)
    router.forbidden.add(game.treeId)
    node.packages.want([game.want, next.want])
    await node.until((now) => offered(now).length === 1)
    expect(faultsOf(node.packages)).to.deep.equal({ 'game 1.0.0': 'package-not-found' })
    router.forbidden.clear()
    await node.until((now) => offered(now).length === 2)
  })
})
