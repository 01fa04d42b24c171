import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { buffer } from 'node:stream/consumers'
import { expect } from 'chai'
import { packageManifest, type PackageTree, treeText } from '../../../config/protocol/package.ts'
import { frameHead } from '../../../config/protocol/packageFrames.ts'
import { readTree } from '../../../edge/packages/readTree.ts'
import {
  type FakeRouter,
  faultsOf,
  manifestOf,
  offered,
  openNode,
  pack,
  serveNodePackages,
  sha256Of,
} from './packages.ts'

/** A build of so many files, of a few different contents: what takes time is their names. */
function large(count: number): { text: Buffer; treeId: string; chunks: ReadonlyMap<string, Buffer> } {
  const contents = [manifestOf('large', '1.0.0'), ...Array.from({ length: 20 }, (_, n) => Buffer.from([n]))]
  const chunks = new Map(contents.map((bytes) => [sha256Of(bytes), bytes]))
  const [manifest = '', ...others] = chunks.keys()
  const file = (path: string, hash: string) => ({
    path,
    size: chunks.get(hash)?.length ?? 0,
    executable: false,
    chunks: [hash],
  })
  const files = Array.from({ length: count - 1 }, (_, n) =>
    file(`data/levels/part-${n % 300}/objects/a-name-as-games-have-them-${n}.bin`, others[n % 20] ?? ''),
  )
  const tree: PackageTree = {
    files: [...files, file(packageManifest, manifest)].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    links: [],
  }
  const text = Buffer.from(treeText(tree))
  return { text, treeId: sha256Of(text), chunks }
}

describe('a build of a hundred thousand files', function () {
  this.timeout(60_000)
  let folder: string
  let router: FakeRouter
  const build = large(100_000)
  const next = pack('next', '1.0.0', { data: Buffer.alloc(5000, 1) })
  const sizeBytes = 99_999 + manifestOf('large', '1.0.0').length
  const want = { titleId: 'large', version: '1.0.0', treeId: build.treeId, sizeBytes }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-packages-'))
    router = await serveNodePackages()
    // Answers that were made before: the router's own work is not measured here.
    router.intercept = (request, response) => {
      if (request.method === 'GET')
        response.end(request.url?.endsWith(build.treeId) === true ? build.text : treeText(next.tree))
      else
        void buffer(request).then((body) => {
          const { hashes } = JSON.parse(body.toString()) as { hashes: string[] }
          for (const hash of hashes) {
            const bytes = build.chunks.get(hash) ?? next.chunks.get(hash) ?? Buffer.alloc(0)
            response.write(Buffer.concat([frameHead(hash, bytes.length), bytes]))
          }
          response.end()
        })
      return true
    }
  })
  after(async () => {
    await router[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('is installed, started, found after a restart and dropped for another without keeping the agent from its leases', async () => {
    const beganMs = performance.now()
    expect(readTree(build.text, build.treeId, { maxBytes: Infinity, maxEntries: Infinity }).ok).to.equal(true)
    // In one go it keeps everything waiting for so long, on this machine as it is now.
    const atOnceMs = performance.now() - beganMs
    const delay = monitorEventLoopDelay({ resolution: 2 })
    const longest = new Map<string, number>()
    const during = async (what: string, task: () => Promise<void>): Promise<void> => {
      delay.reset()
      delay.enable()
      await task()
      delay.disable()
      longest.set(what, delay.max / 1e6)
    }
    {
      await using node = await openNode(folder, router.url)
      await during('installing', async () => {
        node.packages.want([want])
        await node.until((now) => offered(now).length + Object.keys(faultsOf(now)).length > 0)
      })
      expect(faultsOf(node.packages)).to.deep.equal({})
      await during('starting', async () => {
        expect(await node.packages.use(build.treeId)).to.equal(null)
      })
    }
    await during('opening again and making room', async () => {
      await using node = await openNode(folder, router.url, { maxBytes: 1024 ** 2 })
      expect(offered(node.packages)).to.deep.equal(['large 1.0.0'])
      node.packages.want([next.want])
      await node.until((now) => offered(now).join() === 'next 1.0.0')
    })
    for (const [what, ms] of longest) expect(ms, what).to.be.below(Math.max(50, atOnceMs / 10))
  })
})
