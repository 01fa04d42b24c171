import { setImmediate } from 'node:timers/promises'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { packageChunkBytes, type PackageTree, treeText } from '../../../config/protocol/package.ts'
import { chargeOf } from '../../../server/packages/charge.ts'
import { archiveBed, maxBytes } from './support/archiveBed.ts'
import { manifest, rawZip, tarOf, zipOf } from './support/archives.ts'
import { hashOf, keptTree, randomBytesOf, treeFrom } from './support/builds.ts'

describe('archives become the very tree that their files are', function () {
  this.timeout(60_000)
  const bed = archiveBed()

  async function treeOf(name: string, archive: Buffer): Promise<PackageTree> {
    const view = await bed.unpacked(name, archive)
    expect(view.error?.details ?? [], name).to.deep.equal([])
    return (await keptTree(bed.packages, view.treeId ?? '')) ?? expect.fail('no tree')
  }

  const files = {
    'bin/game': Buffer.concat([Buffer.from('\u007fELF'), randomBytesOf(1, 2 * packageChunkBytes)]),
    'data/level 1.dat': Buffer.alloc(packageChunkBytes + 1, 7),
    empty: Buffer.alloc(0),
    'ü/grün.txt': Buffer.from('green'),
    'inner.zip': deflateRawSync(Buffer.from('no archive is opened in an archive')),
  }
  const expected = (): PackageTree => {
    const { tree } = treeFrom({ ...files, [manifest.name]: Buffer.from(manifest.data) })
    return {
      files: tree.files.map((file) => ({ ...file, executable: file.path === 'bin/game' })),
      links: [{ path: 'run', target: 'bin/game' }],
    }
  }
  const tar = (): Promise<Buffer> =>
    tarOf([
      { name: './', type: 'directory' },
      { name: './bin/', type: 'directory' },
      ...Object.entries(files).map(([name, data]) => ({
        name: `./${name}`,
        data,
        mode: name === 'bin/game' ? 0o4755 : 0o644,
      })),
      { name: './run', type: 'symlink', linkname: 'bin/game' },
    ])
  const zip = (options: { forceZip64Format?: boolean } = {}): Promise<Buffer> =>
    zipOf(
      {
        ...Object.fromEntries(
          Object.entries(files).map(([name, data]) => [
            name,
            { data, mode: name === 'bin/game' ? 0o104755 : 0o100644 },
          ]),
        ),
        run: { data: 'bin/game', mode: 0o120777 },
      },
      options,
    )

  it('from a tar', async () => expect(await treeOf('game.tar', await tar())).to.deep.equal(expected()))
  it('from a packed tar', async () => {
    expect(await treeOf('game.tar.gz', gzipSync(await tar()))).to.deep.equal(expected())
    expect(await treeOf('GAME.TGZ', gzipSync(await tar()))).to.deep.equal(expected())
  })
  it('from a zip', async () => expect(await treeOf('game.zip', await zip())).to.deep.equal(expected()))
  it('from a zip of the large kind', async () =>
    expect(await treeOf('game.zip', await zip({ forceZip64Format: true }))).to.deep.equal(expected()))
  it('and keep nothing else: neither the archive nor any chunk twice', async () => {
    const view = await bed.unpacked('game.zip', await zip())
    const { chunks } = treeFrom({ ...files, [manifest.name]: Buffer.from(manifest.data) })
    expect((await bed.filesIn()).toSorted()).to.deep.equal([...chunks.keys(), view.treeId ?? ''].toSorted())
    const game = await bed.packages.readFile(view.treeId ?? '', 'bin/game', maxBytes)
    expect(game?.equals(files['bin/game'])).to.equal(true)
    let charge = chargeOf(Buffer.byteLength(treeText(expected())))
    for (const chunk of chunks.values()) charge += chargeOf(chunk.length)
    expect(await bed.store.packages.usage(bed.org)).to.equal(charge)
  })

  it('with hard links as files, long names, and programs known by their first bytes where nothing else says so', async () => {
    const long = `${'folder/'.repeat(20)}${'x'.repeat(120)}`
    const tree = await treeOf(
      'game.tar',
      await tarOf([
        { name: long, data: 'long' },
        { name: 'copy', type: 'link', linkname: long },
      ]),
    )
    expect(tree.files.find(({ path: name }) => name === 'copy')?.chunks).to.deep.equal([hashOf('long')])
    expect(tree.files.map(({ path: name }) => name)).to.include(long)
    const zipped = rawZip([
      { name: 'start', data: Buffer.from('#!/bin/sh\n'), mode: 0 },
      { name: 'notes', data: Buffer.from('no'), mode: 0 },
    ])
    const programs = (await treeOf('game.zip', zipped)).files.filter(({ executable }) => executable)
    expect(programs.map(({ path: name }) => name)).to.deep.equal(['start'])
  })

  it('unless their upload is dropped, which ends it at once and leaves nothing', async () => {
    const archive = await zipOf({ 'big.dat': { data: randomBytesOf(7, 12 * packageChunkBytes) } })
    const id = await bed.sent('game.zip', archive)
    await bed.packages.finish(bed.org, id)
    while (((await bed.packages.uploadOf(bed.org, id))?.unpackedBytes ?? 0) === 0) await setImmediate()
    await bed.packages.drop(bed.org, id)
    expect(await bed.packages.uploadOf(bed.org, id)).to.equal(null)
    await bed.again()
    expect(await bed.filesIn()).to.deep.equal([])
    expect(await bed.store.packages.usage(bed.org)).to.equal(0)
  })

  it('after the router was stopped in the middle', async () => {
    const id = await bed.sent('game.zip', await zip())
    await bed.packages.finish(bed.org, id)
    await bed.again()
    const view = await bed.settled(id)
    expect(await keptTree(bed.packages, view.treeId ?? '')).to.deep.equal(expected())
  })
})
