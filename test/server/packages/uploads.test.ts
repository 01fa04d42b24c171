import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect } from 'chai'
import { NearcadeError } from '../../../config/errors.ts'
import { packageChunkBytes, treeText } from '../../../config/protocol/package.ts'
import { chargeOf } from '../../../server/packages/charge.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import { openLog } from '../../../server/log.ts'
import { openPackages, type Packages } from '../../../server/packages/packages.ts'
import { createContentThread } from '../../../server/packages/thread/openThread.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'
import { createManualClock, type ManualClock } from '../support/manualClock.ts'
import { tempFolder } from '../support/tempFolder.ts'
import { bodyOf, framesOf, hashOf, keptTree, randomBytesOf, treeFrom } from './support/builds.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

describe('uploads of a build', function () {
  this.timeout(60_000)
  let store: Store
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let clock: ManualClock
  let packages: Packages
  let org: string
  let last = 0
  const thread = createContentThread()
  before(async () => (store = await openPgliteStore(null)))
  after(async () => {
    await thread.close()
    await store.close()
  })
  beforeEach(async () => {
    folder = await tempFolder()
    clock = createManualClock(Date.now())
    org = `org-${(last += 1)}`
    packages = await open()
  })
  afterEach(async () => {
    await packages.close()
    await folder.remove()
  })

  const open = async (maxBytes = 64 * packageChunkBytes, packageMaxBytes = maxBytes): Promise<Packages> =>
    openPackages({
      store: store.packages,
      blobs: await openBlobFolder(folder.path),
      clock,
      log: openLog('silent'),
      thread,
      maxBytes,
      packageMaxBytes,
    })
  const blobsIn = async (): Promise<string[]> =>
    (await readdir(folder.path, { recursive: true }))
      .map((file) => path.basename(file))
      .filter((name) => name.length === 64)
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (cause: unknown) => (cause instanceof NearcadeError ? cause.code : String(cause)),
    )
  const build = (seed: number, bytes = 3 * packageChunkBytes + 7) =>
    treeFrom({
      'nearcade.title.json': Buffer.from(`{"seed":${seed}}`),
      'bin/game': randomBytesOf(seed, bytes),
      empty: Buffer.alloc(0),
    })
  const asked = ({ tree }: Pick<ReturnType<typeof build>, 'tree'>) => bodyOf({ kind: 'tree', tree })

  it('ends as a tree that gives back every byte', async () => {
    const made = build(1)
    const { view, isNew } = await packages.begin(org, asked(made))
    expect(isNew).to.equal(true)
    expect(view).to.include({ state: 'receiving', missingBytes: view.totalBytes })
    expect(view.missing).to.deep.equal([...made.chunks.keys()])
    expect(await packages.write(org, view.uploadId, framesOf(made.chunks))).to.equal(0)
    const done = await packages.finish(org, view.uploadId)
    expect(done).to.deep.include({ state: 'done', treeId: hashOf(treeText(made.tree)), missing: [] })
    expect(await keptTree(packages, done.treeId ?? '')).to.deep.equal(made.tree)
    const game = await packages.readFile(done.treeId ?? '', 'bin/game', 10 * packageChunkBytes)
    expect(game?.equals(made.files['bin/game'] ?? Buffer.alloc(0))).to.equal(true)
    expect(await packages.readFile(done.treeId ?? '', 'empty', 0)).to.have.length(0)
    expect(await packages.readFile(done.treeId ?? '', 'none', 9)).to.equal(null)
    expect(await codeOf(packages.readFile(done.treeId ?? '', 'bin/game', 9))).to.equal('message-too-large')
    expect(await keptTree(packages, '0'.repeat(64))).to.equal(null)
  })

  it('goes on where it was when client or router were killed', async () => {
    const made = build(2)
    const [first, ...rest] = [...made.chunks]
    const { view } = await packages.begin(org, asked(made))
    await packages.write(org, view.uploadId, framesOf(new Map(first === undefined ? [] : [first])))
    await packages.close()
    packages = await open()
    const again = await packages.begin(org, asked(made))
    expect(again.isNew).to.equal(false)
    expect(again.view.uploadId).to.equal(view.uploadId)
    expect(again.view.missing).to.deep.equal(rest.map(([sha256]) => sha256))
    expect(await codeOf(packages.finish(org, view.uploadId))).to.equal('upload-incomplete')
    await packages.write(org, view.uploadId, framesOf(new Map(rest)))
    expect((await packages.finish(org, view.uploadId)).state).to.equal('done')
    expect((await packages.finish(org, view.uploadId)).state).to.equal('done')
    expect((await packages.begin(org, asked(made))).view.state).to.equal('done')
  })

  it('keeps what came before a body broke off, and nothing of what is not named or has other bytes', async () => {
    const made = build(3)
    const { view } = await packages.begin(org, asked(made))
    async function* broken(): AsyncIterable<Uint8Array> {
      const [first] = made.chunks
      yield* framesOf(new Map(first === undefined ? [] : [first]))
      throw new Error('gone')
    }
    expect(await codeOf(packages.write(org, view.uploadId, broken()))).to.equal('Error: gone')
    const [first, second] = view.missing
    expect((await packages.uploadOf(org, view.uploadId))?.missing).not.to.include(first)
    const other = Buffer.from('others')
    expect(
      await codeOf(packages.write(org, view.uploadId, framesOf(new Map([[hashOf(other), other]])))),
    ).to.equal('wrong-content')
    const wrong = new Map([[second ?? '', Buffer.alloc(made.chunks.get(second ?? '')?.length ?? 0)]])
    expect(await codeOf(packages.write(org, view.uploadId, framesOf(wrong)))).to.equal('wrong-content')
    expect((await packages.uploadOf(org, view.uploadId))?.missing).to.include(second)
    expect((await blobsIn()).length, 'the content and the first chunk').to.equal(2)
  })

  it('takes several bodies at once, and the same chunks again', async () => {
    const made = build(4, 9 * packageChunkBytes)
    const { view } = await packages.begin(org, asked(made))
    const bodies = [...made.chunks].map(([sha256, bytes]) => framesOf(new Map([[sha256, bytes]])))
    await Promise.all(
      [...bodies, framesOf(made.chunks)].map((body) => packages.write(org, view.uploadId, body)),
    )
    expect((await packages.uploadOf(org, view.uploadId))?.missingBytes).to.equal(0)
    expect((await packages.finish(org, view.uploadId)).state).to.equal('done')
    let charge = chargeOf(treeText(made.tree).length)
    for (const { length } of made.chunks.values()) charge += chargeOf(length)
    expect(await store.packages.usage(org)).to.equal(charge)
  })

  it('asks for what changed alone, of whoever has brought the rest: a hash is not the bytes', async () => {
    const [old, changed] = [build(5), build(5)]
    changed.chunks.clear()
    const next = treeFrom({ ...old.files, 'nearcade.title.json': Buffer.from('{"seed":"other"}') })
    const { view } = await packages.begin(org, asked(old))
    await packages.write(org, view.uploadId, framesOf(old.chunks))
    const second = await packages.begin(org, asked(next))
    expect(second.view.missing).to.deep.equal([hashOf('{"seed":"other"}')])
    const stranger = await packages.begin('stranger', asked(next))
    expect(stranger.view.missing).to.have.length(next.chunks.size)
  })

  it("is nobody else's", async () => {
    const made = build(6)
    const { view } = await packages.begin(org, asked(made))
    expect(await packages.uploadOf('stranger', view.uploadId)).to.equal(null)
    for (const work of [
      () => packages.write('stranger', view.uploadId, framesOf(made.chunks)),
      () => packages.finish('stranger', view.uploadId),
    ])
      expect(await codeOf(work())).to.equal('upload-not-found')
    await packages.drop('stranger', view.uploadId)
    expect(await packages.uploadOf(org, view.uploadId)).not.to.equal(null)
  })

  it('refuses what the organisation has no room for, before and while it comes', async () => {
    packages = await open(4 * packageChunkBytes)
    expect(await codeOf(packages.begin(org, asked(build(7, 5 * packageChunkBytes))))).to.equal(
      'package-refused',
    )
    const [one, other] = [build(8), build(9)]
    const { view } = await packages.begin(org, asked(one))
    const second = await packages.begin(org, asked(other))
    await packages.write(org, view.uploadId, framesOf(one.chunks))
    expect(await codeOf(packages.write(org, second.view.uploadId, framesOf(other.chunks)))).to.equal(
      'over-quota',
    )
    expect(await codeOf(packages.begin(org, asked(build(10))))).to.equal('over-quota')
    await packages.drop(org, view.uploadId)
    expect(await packages.write(org, second.view.uploadId, framesOf(other.chunks))).to.equal(0)
  })

  it('counts what each chunk takes of a disk, and the text that names them', async () => {
    const small = treeFrom(
      Object.fromEntries(['nearcade.title.json', ...'abcdefgh'].map((name) => [name, Buffer.from(name)])),
    )
    packages = await open(9 * (4096 + 512))
    expect(await codeOf(packages.begin(org, asked(small)))).to.equal('over-quota')
    packages = await open(10 * (4096 + 512))
    const { view } = await packages.begin(org, asked(small))
    expect(await packages.write(org, view.uploadId, framesOf(small.chunks))).to.equal(0)
    expect(await codeOf(packages.begin(org, asked(build(9, 1))))).to.equal('over-quota')
  })

  it('is refused when nodes would have to write more than a package may have, however little is to be sent', async () => {
    packages = await open(64 * packageChunkBytes, 4 * packageChunkBytes)
    const small = build(9)
    const again = small.tree.files.map((file) =>
      file.path === 'bin/game'
        ? {
            ...file,
            size: 5 * packageChunkBytes,
            chunks: Array.from({ length: 5 }, () => file.chunks[0] ?? ''),
          }
        : file,
    )
    const large = { ...small, tree: { ...small.tree, files: again } }
    expect(await codeOf(packages.begin(org, asked(large)))).to.equal('package-refused')
    expect(await codeOf(packages.begin(org, asked(small)))).to.equal('done')
  })

  it('leaves nothing behind when it is dropped, but what another one needs', async () => {
    const made = build(11)
    const sharing = treeFrom({ ...made.files, more: Buffer.from('more') })
    const { view } = await packages.begin(org, asked(made))
    const second = await packages.begin(org, asked(sharing))
    await packages.write(org, view.uploadId, framesOf(made.chunks))
    await packages.drop(org, view.uploadId)
    expect((await packages.uploadOf(org, second.view.uploadId))?.missing).to.deep.equal([hashOf('more')])
    await packages.drop(org, second.view.uploadId)
    expect(await blobsIn()).to.deep.equal([])
    expect(await store.packages.usage(org)).to.equal(0)
  })

  it('is gone after a day in which no chunk came, once ended after a week, a tree too unless a version is made of it', async () => {
    const [kept, forgotten] = [build(12), build(13)]
    const treeOf = async (made: ReturnType<typeof build>): Promise<string> => {
      const { view } = await packages.begin(org, asked(made))
      await packages.write(org, view.uploadId, framesOf(made.chunks))
      return (await packages.finish(org, view.uploadId)).treeId ?? ''
    }
    const [keptId, otherId] = [await treeOf(kept), await treeOf(forgotten)]
    const made = build(14)
    const { view } = await packages.begin(org, asked(made))
    expect(await packages.keep(keptId)).to.equal(true)
    for (const [sha256, bytes] of made.chunks) {
      clock.pass(20 * hourMs)
      await packages.write(org, view.uploadId, framesOf(new Map([[sha256, bytes]])))
      await packages.sweep()
    }
    expect(await packages.uploadOf(org, view.uploadId)).to.include({ state: 'receiving', missingBytes: 0 })
    clock.pass(25 * hourMs)
    await packages.sweep()
    expect(await packages.uploadOf(org, view.uploadId)).to.equal(null)
    clock.pass(dayMs)
    await packages.sweep()
    expect(await keptTree(packages, otherId)).not.to.equal(null)
    clock.pass(2 * dayMs)
    await packages.sweep()
    expect(await keptTree(packages, otherId)).to.equal(null)
    expect(await packages.keep(otherId)).to.equal(false)
    expect((await blobsIn()).toSorted()).to.deep.equal([keptId, ...kept.chunks.keys()].toSorted())
    await packages.forget(keptId)
    clock.pass(8 * dayMs)
    await packages.sweep()
    expect(await blobsIn()).to.deep.equal([])
    expect(await store.packages.usage(org)).to.equal(0)
  })

  it('is begun anew when its tree went meanwhile', async () => {
    const made = build(15)
    const { view } = await packages.begin(org, asked(made))
    await packages.write(org, view.uploadId, framesOf(made.chunks))
    await packages.finish(org, view.uploadId)
    await store.packages.expire({ comingMs: 0, othersMs: clock.now() + 1 })
    const again = await packages.begin(org, asked(made))
    expect(again.view).to.include({ state: 'receiving', missingBytes: 0 })
    expect((await packages.finish(org, again.view.uploadId)).state).to.equal('done')
  })

  it('sweeps what a killed router left, and never what comes at that moment', async () => {
    const made = build(16)
    const { view } = await packages.begin(org, asked(made))
    clock.pass(3 * hourMs)
    async function* slow(): AsyncIterable<Uint8Array> {
      for (const [sha256, bytes] of made.chunks) {
        yield* framesOf(new Map([[sha256, bytes]]))
        await packages.sweep()
      }
    }
    const stray = await openBlobFolder(folder.path)
    await stray.put(hashOf('stray'), [Buffer.from('stray')], 9)
    expect(await packages.write(org, view.uploadId, slow())).to.equal(0)
    expect(await blobsIn()).not.to.include(hashOf('stray'))
    const done = await packages.finish(org, view.uploadId)
    expect((await packages.readFile(done.treeId ?? '', 'bin/game', 10 * packageChunkBytes))?.length).to.equal(
      made.files['bin/game']?.length,
    )
  })

  it('holds up nothing else while a tree of as many files as there may be is begun', async () => {
    const files = Array.from({ length: 100_000 }, (_, at) => ({
      path: at === 0 ? 'nearcade.title.json' : `levels/${at % 100}/${at}.dat`,
      size: 1,
      executable: false,
      chunks: [hashOf(`${at}`)],
    })).toSorted((one, other) => (one.path < other.path ? -1 : 1))
    const body = bodyOf({ kind: 'tree', tree: { files, links: [] } })
    packages = await open(1024 * packageChunkBytes)
    const delay = monitorEventLoopDelay({ resolution: 10 })
    delay.enable()
    const { view } = await packages.begin(org, body)
    await packages.uploadOf(org, view.uploadId)
    delay.disable()
    expect(view).to.include({ state: 'receiving', missingBytes: 100_000 })
    expect(delay.percentile(99) / 1e6).to.be.lessThan(100)
    expect(delay.max / 1e6).to.be.lessThan(300)
  })

  it('lets an organisation have only so many open', async () => {
    for (let at = 0; at < 50; at += 1) await packages.begin(org, asked(build(100 + at, 1)))
    expect(await codeOf(packages.begin(org, asked(build(99, 1))))).to.equal('too-many-uploads')
    expect(await codeOf(packages.begin('other', asked(build(99, 1))))).to.equal('done')
  })
})
