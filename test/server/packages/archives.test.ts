import { readdir } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import { NearcadeError } from '../../../config/errors.ts'
import { packageChunkBytes, type PackageTree } from '../../../config/protocol/package.ts'
import type { UploadView } from '../../../config/protocol/uploads.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import { systemClock } from '../../../server/clock.ts'
import { openLog } from '../../../server/log.ts'
import { unpack } from '../../../server/packages/archives/unpack.ts'
import { openPackages, type Packages } from '../../../server/packages/packages.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'
import { tempFolder } from '../support/tempFolder.ts'
import { manifest, paxRecord, rawTar, rawZip, tarBlock, tarEnd, tarOf, zipOf } from './support/archives.ts'
import { framesOf, hashOf, randomBytesOf, treeFrom } from './support/builds.ts'

const maxBytes = 256 * packageChunkBytes

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (cause: unknown) => (cause instanceof NearcadeError ? cause.code : String(cause)),
  )

describe('archives', function () {
  this.timeout(60_000)
  let store: Store
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let packages: Packages
  let org: string
  let last = 0
  before(async () => (store = await openPgliteStore(null)))
  after(() => store.close())
  beforeEach(async () => {
    folder = await tempFolder()
    org = `archives-${(last += 1)}`
    packages = await open()
  })
  afterEach(async () => {
    await packages.close()
    await folder.remove()
  })

  const open = async (): Promise<Packages> =>
    openPackages({
      store: store.packages,
      blobs: await openBlobFolder(folder.path),
      clock: systemClock,
      log: openLog('silent'),
      maxBytes,
    })
  const filesIn = async (): Promise<string[]> =>
    (await readdir(folder.path, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)

  async function sent(name: string, archive: Buffer): Promise<string> {
    const { tree, chunks } = treeFrom({ archive })
    const [file] = tree.files
    const begun = await packages.begin(org, {
      kind: 'archive',
      name,
      size: archive.length,
      chunks: file?.chunks ?? [],
    })
    await packages.write(org, begun.view.uploadId, framesOf(chunks))
    return begun.view.uploadId
  }
  async function settled(uploadId: string): Promise<UploadView> {
    for (;;) {
      const view = await packages.uploadOf(org, uploadId)
      if (view === null || view.state !== 'unpacking') return view ?? expect.fail('it is gone')
      await setImmediate()
    }
  }
  async function unpacked(name: string, archive: Buffer): Promise<UploadView> {
    const id = await sent(name, archive)
    expect((await packages.finish(org, id)).state).to.be.oneOf(['unpacking', 'done', 'refused'])
    const view = await settled(id)
    // Waits until all is tidied up.
    await packages.close()
    packages = await open()
    return view
  }
  async function treeOf(name: string, archive: Buffer): Promise<PackageTree> {
    const view = await unpacked(name, archive)
    expect(view.error?.details ?? [], name).to.deep.equal([])
    return (await packages.findTree(view.treeId ?? '')) ?? expect.fail('no tree')
  }

  describe('become the very tree that their files are', () => {
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
      const view = await unpacked('game.zip', await zip())
      const { chunks } = treeFrom({ ...files, [manifest.name]: Buffer.from(manifest.data) })
      expect((await filesIn()).toSorted()).to.deep.equal([...chunks.keys(), view.treeId ?? ''].toSorted())
      const game = await packages.readFile(view.treeId ?? '', 'bin/game', maxBytes)
      expect(game?.equals(files['bin/game'])).to.equal(true)
      let bytes = 0
      for (const chunk of chunks.values()) bytes += chunk.length
      expect(await store.packages.usage(org)).to.equal(bytes)
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

    it('after the router was stopped in the middle', async () => {
      const id = await sent('game.zip', await zip())
      await packages.finish(org, id)
      await packages.close()
      packages = await open()
      const view = await settled(id)
      expect(await packages.findTree(view.treeId ?? '')).to.deep.equal(expected())
    })
  })

  describe('are refused whole, and nothing of them is kept:', () => {
    const file = Buffer.from('file')
    const noise = randomBytesOf(9, 3000)
    const cut = async (): Promise<Buffer> => (await tarOf([{ name: 'game', data: noise }])).subarray(0, 2048)
    const flipped = (archive: Buffer, at: number): Buffer => {
      const other = Buffer.from(archive)
      other[at] = (other[at] ?? 0) ^ 0xff
      return other
    }
    const tars: readonly (readonly [string, () => Buffer | Promise<Buffer>, string])[] = [
      [
        'a path upwards',
        () => tarOf([{ name: '../../etc/cron.d/x', data: file }]),
        'leads out of the package',
      ],
      [
        'a path that goes in and out',
        () => tarOf([{ name: 'a/../../x', data: file }]),
        'leads out of the package',
      ],
      ['an absolute path', () => rawTar({ name: '/etc/passwd', data: file }), 'is an absolute path'],
      ['a path of Windows', () => tarOf([{ name: 'bin\\..\\..\\x', data: file }]), 'has a backslash'],
      ['a drive', () => tarOf([{ name: 'C:/x', data: file }]), 'drive letter'],
      ['a folder upwards', () => tarOf([{ name: '../x/', type: 'directory' }]), 'leads out of the package'],
      [
        'a link upwards',
        () => tarOf([{ name: 'a/b', type: 'symlink', linkname: '../../etc/shadow' }]),
        'links out of the package',
      ],
      [
        'an absolute link',
        () => tarOf([{ name: 'b', type: 'symlink', linkname: '/etc/shadow' }]),
        'links to an absolute path',
      ],
      [
        'a file through a link',
        () =>
          tarOf([
            { name: 'a', type: 'symlink', linkname: 'b' },
            { name: 'a/x', data: file },
          ]),
        'a file and a folder',
      ],
      [
        'a link that leads out through another one',
        () =>
          tarOf([
            { name: 'd/e/f', data: file },
            { name: 'd/up', type: 'symlink', linkname: 'e' },
            { name: 'd/out', type: 'symlink', linkname: 'up/../../../x' },
          ]),
        'not plain',
      ],
      [
        'a ring of links',
        () =>
          tarOf([
            { name: 'a', type: 'symlink', linkname: 'b' },
            { name: 'b', type: 'symlink', linkname: 'a' },
          ]),
        'a ring',
      ],
      [
        'a link to nothing',
        () => tarOf([{ name: 'a', type: 'symlink', linkname: 'nowhere' }]),
        'what is not there',
      ],
      [
        'a hard link out',
        () => tarOf([{ name: 'a', type: 'link', linkname: '../../etc/shadow' }]),
        'is a hard link to ../../etc/shadow',
      ],
      [
        'a hard link to an absolute path',
        () => tarOf([{ name: 'a', type: 'link', linkname: '/etc/shadow' }]),
        'is a hard link to /etc/shadow',
      ],
      [
        'a hard link to a link',
        () =>
          tarOf([
            { name: 'a', type: 'symlink', linkname: manifest.name },
            { name: 'b', type: 'link', linkname: 'a' },
          ]),
        'is a hard link to a',
      ],
      [
        'a character device',
        () => tarOf([{ name: 'dev/mem', type: 'character-device', devmajor: 1, devminor: 1 }]),
        'is a device file',
      ],
      [
        'a block device',
        () => tarOf([{ name: 'dev/sda', type: 'block-device', devmajor: 8 }]),
        'is a device file',
      ],
      ['a pipe', () => tarOf([{ name: 'pipe', type: 'fifo' }]), 'is a pipe'],
      ['a kind that nobody knows', () => rawTar({ name: 'odd', type: 'Z' }), 'of a kind'],
      [
        'names that differ in case',
        () =>
          tarOf([
            { name: 'Data/a', data: file },
            { name: 'data/b', data: file },
          ]),
        'differ in case',
      ],
      [
        'names that differ in how accents are written',
        () =>
          tarOf([
            { name: 'caf\u00e9', data: file },
            { name: 'cafe\u0301', data: file },
          ]),
        'differ in case',
      ],
      [
        'a name twice',
        () =>
          tarOf([
            { name: 'game', data: file },
            { name: './game', data: 'other' },
          ]),
        'game is there twice',
      ],
      [
        'the manifest twice',
        () => tarOf([{ name: manifest.name, data: '{"id":"other"}' }]),
        'is there twice',
      ],
      [
        'a file that is a folder',
        () =>
          tarOf([
            { name: 'game', data: file },
            { name: 'game/', type: 'directory' },
          ]),
        'a file and a folder',
      ],
      [
        'a folder that is a file',
        () =>
          tarOf([
            { name: 'game/', type: 'directory' },
            { name: 'game', data: file },
          ]),
        'a file and a folder',
      ],
      ['a sparse file of old', () => rawTar({ name: 'holes', type: 'S', data: file }), 'of a kind'],
      [
        'a sparse file of today',
        () =>
          rawTar(
            { name: 'pax', type: 'x', data: Buffer.from(paxRecord('GNU.sparse.major', '1')) },
            { name: 'holes', data: file },
          ),
        'is a sparse file',
      ],
      [
        'a path in a pax header',
        () =>
          rawTar(
            { name: 'pax', type: 'x', data: Buffer.from(paxRecord('path', '../../out')) },
            { name: 'harmless', data: file },
          ),
        'leads out of the package',
      ],
      [
        'a NUL in a pax header',
        () =>
          rawTar(
            { name: 'pax', type: 'x', data: Buffer.from(paxRecord('path', 'game\0.txt')) },
            { name: 'harmless', data: file },
          ),
        'has a NUL',
      ],
      [
        'a link in a pax header',
        () =>
          rawTar(
            { name: 'pax', type: 'x', data: Buffer.from(paxRecord('linkpath', '../../out')) },
            { name: 'b', type: '2', link: manifest.name },
          ),
        'links out of the package',
      ],
      [
        'a path in a header of GNU',
        () =>
          rawTar(
            { name: '././@LongLink', type: 'L', data: Buffer.from('../../out\0') },
            { name: 'harmless', data: file },
          ),
        'leads out of the package',
      ],
      [
        'a name that is not UTF-8',
        () => rawTar({ name: Buffer.from([0x67, 0xff, 0xfe]), data: file }),
        'is not UTF-8',
      ],
      ['a line break in a name', () => tarOf([{ name: 'a\nb', data: file }]), 'control character'],
      ['a name that is too long', () => tarOf([{ name: 'x'.repeat(300), data: file }]), '255 bytes'],
      ['a path that is too long', () => tarOf([{ name: `${'a/'.repeat(600)}b`, data: file }]), '1024'],
      ['folders in folders', () => tarOf([{ name: `${'a/'.repeat(100)}b`, data: file }]), 'folders deep'],
      [
        'a folder with content',
        () => rawTar({ name: 'folder/', type: '5', data: tarBlock({ name: 'hidden' }) }),
        'is no file and has content',
      ],
      [
        'a header that is longer than what there is',
        () => rawTar({ name: 'game', size: '00077777777', data: file }),
        'end',
      ],
      ['a size that is none', () => rawTar({ name: 'game', size: '0000000zzzz', data: file }), 'damaged'],
      [
        'a checksum that is wrong',
        async () => flipped(await tarOf([{ name: 'game', data: file }]), 1024 + 5),
        'damaged',
      ],
      ['an end that is missing', async () => cut(), 'cut off'],
      ['an end alone', () => tarEnd, 'nearcade.title.json is not there'],
      ['no tar at all', () => Buffer.concat([noise, tarEnd]), 'damaged'],
    ]
    const packed: readonly (readonly [string, () => Buffer | Promise<Buffer>, string])[] = [
      [
        'a stream that was cut off',
        async () => gzipSync(await tarOf([{ name: 'game', data: noise }])).subarray(0, -20),
        'damaged',
      ],
      [
        'a stream that was changed',
        async () => flipped(gzipSync(await tarOf([{ name: 'game', data: noise }]), { level: 0 }), 1700),
        'damaged',
      ],
      ['no gzip at all', () => noise, 'damaged'],
      [
        'a bomb',
        async () => gzipSync(await tarOf([{ name: 'zeros', data: Buffer.alloc(80 * packageChunkBytes) }])),
        'more than 200 times its size',
      ],
      [
        'a bomb of nothing but headers',
        () => gzipSync(Buffer.alloc(80 * packageChunkBytes)),
        'more than 200 times its size',
      ],
      [
        'an escape',
        async () => gzipSync(await tarOf([{ name: '../x', data: file }])),
        'leads out of the package',
      ],
    ]
    const zips: readonly (readonly [string, () => Buffer | Promise<Buffer>, string])[] = [
      [
        'a path upwards',
        () => rawZip([{ name: '../../etc/cron.d/x', data: file }]),
        'leads out of the package',
      ],
      ['an absolute path', () => rawZip([{ name: '/etc/passwd', data: file }]), 'is an absolute path'],
      ['a path of Windows', () => rawZip([{ name: '..\\x', data: file }]), 'has a backslash'],
      ['a drive', () => rawZip([{ name: 'C:x', data: file }]), 'drive letter'],
      ['a NUL in a name', () => rawZip([{ name: 'game\0.txt', data: file }]), 'has a NUL'],
      [
        'a name that is not UTF-8',
        () => rawZip([{ name: Buffer.from([0x67, 0xff]), data: file }]),
        'is not UTF-8',
      ],
      [
        'a name twice',
        () =>
          rawZip([
            { name: 'game', data: file },
            { name: 'game', data: noise },
          ]),
        'game is there twice',
      ],
      [
        'names that differ in case',
        () =>
          rawZip([
            { name: 'Game', data: file },
            { name: 'game', data: file },
          ]),
        'differ in case',
      ],
      [
        'a file that is a folder',
        () =>
          rawZip([
            { name: 'game', data: file },
            { name: 'game/x', data: file },
          ]),
        'a file and a folder',
      ],
      [
        'a link upwards',
        () => rawZip([{ name: 'out', data: Buffer.from('../../etc/shadow'), mode: 0o120777 }]),
        'links out of the package',
      ],
      [
        'a link that is no text',
        () => rawZip([{ name: 'out', data: Buffer.from([0xff, 0xfe]), mode: 0o120777 }]),
        'not UTF-8',
      ],
      [
        'a link of a megabyte',
        () => rawZip([{ name: 'out', data: randomBytesOf(3, packageChunkBytes), mode: 0o120777 }]),
        'too long',
      ],
      ['a device', () => rawZip([{ name: 'mem', mode: 0o020666 }]), 'is a device'],
      ['a socket', () => rawZip([{ name: 'sock', mode: 0o140666 }]), 'is a device, a pipe or a socket'],
      [
        'a folder with content',
        () => rawZip([{ name: 'folder/', data: file, mode: 0o040755 }]),
        'is a folder and has content',
      ],
      ['an encrypted file', () => rawZip([{ name: 'secret', data: file, flags: 1 }]), 'is encrypted'],
      ['another packing', () => rawZip([{ name: 'game', data: file, method: 12 }]), 'method 12'],
      ['a checksum that is wrong', () => rawZip([{ name: 'game', data: file, crc: 1 }]), 'checksum'],
      [
        'two names for one entry',
        () => rawZip([{ name: 'harmless', localName: 'other123', data: file }]),
        'is called something else',
      ],
      [
        'two sizes for one entry',
        () => rawZip([{ name: 'game', data: file, localUnpackedBytes: 1 }]),
        'is called something else',
      ],
      [
        'a size that is too small',
        () => rawZip([{ name: 'game', data: noise, unpackedBytes: 10 }]),
        'damaged',
      ],
      [
        'a size that is too large',
        () => rawZip([{ name: 'game', data: noise, unpackedBytes: 4000 }]),
        'damaged',
      ],
      [
        'entries that share bytes',
        () =>
          rawZip([
            { name: 'kernel', data: noise },
            { name: 'kernel', isShared: true, data: noise },
          ]),
        'shares bytes',
      ],
      ['an entry where none is', () => rawZip([{ name: 'game', data: noise, at: 7 }]), 'damaged'],
      ['more entries than there are', () => rawZip([{ name: 'game', data: file }], 9), 'damaged'],
      [
        'more entries than there may be',
        () =>
          rawZip(
            Array.from({ length: 10 }, (_, at) => ({ name: `f${at}` })),
            65_000,
          ),
        'damaged',
      ],
      [
        'a bomb',
        () => rawZip([{ name: 'zeros', data: Buffer.alloc(80 * packageChunkBytes) }]),
        'more than 200 times its size',
      ],
      [
        'a bomb of many',
        () =>
          rawZip(
            Array.from({ length: 40 }, (_, at) => ({
              name: `zeros-${at}`,
              data: Buffer.alloc(2 * packageChunkBytes),
            })),
          ),
        'more than 200 times its size',
      ],
      [
        'more than there is room for',
        () => rawZip([{ name: 'game', data: file, unpackedBytes: 0xfffffff0 }]),
        'unpacks to more than',
      ],
      ['a zip that was cut off', () => rawZip([{ name: 'game', data: noise }]).subarray(0, -10), 'damaged'],
      ['no zip at all', () => noise, 'damaged'],
    ]
    const cases = [
      ...tars.map(([what, make, reason]) => [what, 'game.tar', make, reason] as const),
      ...packed.map(([what, make, reason]) => [`packed, ${what}`, 'game.tar.gz', make, reason] as const),
      ...zips.map(([what, make, reason]) => [`zip, ${what}`, 'game.zip', make, reason] as const),
    ]
    for (const [what, name, make, reason] of cases)
      it(what, async () => {
        const { state, error, treeId } = await unpacked(name, await make())
        expect({ state, code: error?.code, treeId }).to.deep.equal({
          state: 'refused',
          code: 'package-refused',
          treeId: undefined,
        })
        expect((error?.details ?? []).join('\n')).to.contain(reason)
        expect(await filesIn()).to.deep.equal([])
        expect(await store.packages.usage(org)).to.equal(0)
      })

    it('whatever bytes of them are changed, they end as a tree or as refused', async () => {
      const whole = {
        'game.tar': await tarOf([
          { name: 'game', data: noise },
          { name: 'run', type: 'symlink', linkname: 'game' },
        ]),
        'game.tar.gz': gzipSync(await tarOf([{ name: 'game', data: noise }])),
        'game.zip': await zipOf({ game: { data: noise }, text: { data: 'text'.repeat(500) } }),
      }
      const change = fc.tuple(fc.nat(20_000), fc.nat(255))
      const ends = fc.asyncProperty(
        fc.constantFrom(...(Object.keys(whole) as (keyof typeof whole)[])),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.nat(4),
        async (name, changes, cut) => {
          const archive = Buffer.from(whole[name].subarray(0, whole[name].length - (cut === 0 ? 100 : 0)))
          for (const [at, value] of changes) archive[at % archive.length] = value
          const { chunks, tree } = treeFrom({ archive })
          const source = {
            name,
            size: archive.length,
            chunks: tree.files[0]?.chunks ?? [],
            read: async (sha256: string) => chunks.get(sha256) ?? expect.fail('no such chunk'),
          }
          const code = await codeOf(
            unpack(
              source,
              maxBytes,
              async () => {},
              () => {},
            ),
          )
          expect(code).to.be.oneOf(['done', 'package-refused'])
        },
      )
      await fc.assert(ends, { numRuns: 500 })
    })

    it('what their organisation has no room for', async () => {
      const half = { 'big.dat': randomBytesOf(5, 8 * packageChunkBytes) }
      const archive = await zipOf({ 'big.dat': { data: half['big.dat'] } })
      await packages.close()
      packages = await openPackages({
        store: store.packages,
        blobs: await openBlobFolder(folder.path),
        clock: systemClock,
        log: openLog('silent'),
        maxBytes: 12 * packageChunkBytes,
      })
      const id = await sent('game.zip', archive)
      await packages.finish(org, id)
      expect((await settled(id)).error?.code).to.equal('over-quota')
      await packages.close()
      expect(await filesIn()).to.deep.equal([])
    })

    it('and what was there before stays, of this organisation and of others', async () => {
      const kept = treeFrom({ [manifest.name]: Buffer.from(manifest.data), game: noise })
      const { view } = await packages.begin(org, { kind: 'tree', tree: kept.tree })
      await packages.write(org, view.uploadId, framesOf(kept.chunks))
      const { treeId } = await packages.finish(org, view.uploadId)
      const there = (await filesIn()).toSorted()
      expect(
        (
          await unpacked(
            'bad.zip',
            rawZip([
              { name: 'game', data: noise },
              { name: '../x', data: noise },
            ]),
          )
        ).state,
      ).to.equal('refused')
      expect((await filesIn()).toSorted()).to.deep.equal(there)
      expect((await packages.readFile(treeId ?? '', 'game', 9999))?.equals(noise)).to.equal(true)
    })
  })
})
