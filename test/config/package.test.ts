import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { decodeValue } from '../../config/protocol/decode.ts'
import {
  chunkBytesAt,
  maxPackageEntries,
  maxTreeChars,
  packageChunkBytes,
  type PackageFile,
  type PackageLink,
  packageTree,
  type PackageTree,
  treeFault,
  treeText,
} from '../../config/protocol/package.ts'
import { createFrameReader, frameHead, maxFrameBodyBytes } from '../../config/protocol/packageFrames.ts'
import {
  archiveName,
  chunksAnswer,
  maxMissing,
  newUpload,
  type NewUpload,
  uploadView,
  type UploadView,
} from '../../config/protocol/uploads.ts'

const hash = 'a'.repeat(64)
const file = (path: string, size = 1): PackageFile => ({
  path,
  size,
  executable: false,
  chunks: Array.from({ length: Math.ceil(size / packageChunkBytes) }, () => hash),
})
const byPath = <T extends { readonly path: string }>(list: readonly T[]): T[] =>
  list.toSorted((one, other) => (one.path < other.path ? -1 : 1))
const treeOf = (paths: readonly string[], links: Record<string, string> = {}): PackageTree => ({
  files: byPath(['nearcade.title.json', ...paths].map((path) => file(path))),
  links: byPath(Object.entries(links).map(([path, target]): PackageLink => ({ path, target }))),
})
const faultOf = (tree: PackageTree): string | null => treeFault(tree, { maxBytes: 10 * packageChunkBytes })

describe('the tree of a package', () => {
  it('has one text, whatever order its fields came in', () => {
    const tree = treeOf(['game'], { run: 'game' })
    const other = { links: tree.links.map(({ path, target }) => ({ target, path })), files: tree.files }
    expect(treeText(other)).to.equal(treeText(tree))
    expect(JSON.parse(treeText(tree))).to.deep.equal(tree)
  })

  it('takes what real builds have: links to libraries through other links, folders and long names', () => {
    const links = {
      'lib/libx.so': 'libx.so.1',
      'lib/libx.so.1': 'libx.so.1.2',
      'bin/run': '../lib/libx.so',
      current: 'versions/2',
      start: 'current/game',
      here: 'versions',
    }
    expect(faultOf(treeOf(['lib/libx.so.1.2', 'versions/2/game', 'ü/..a', 'a'.repeat(255)], links))).to.equal(
      null,
    )
    expect(
      faultOf({
        ...treeOf([]),
        files: byPath([file('nearcade.title.json'), file('big', packageChunkBytes + 1), file('empty', 0)]),
      }),
    ).to.equal(null)
  })

  const hostile: readonly (readonly [string, PackageTree, string])[] = [
    ['a path upwards', treeOf(['../etc/passwd']), 'leads out of the package'],
    ['an absolute path', treeOf(['/etc/passwd']), 'absolute path'],
    ['a backslash', treeOf(['dir\\..\\game']), 'backslash'],
    ['a drive letter', treeOf(['C:game']), 'drive letter'],
    ['a control character', treeOf(['a\nb']), 'control character'],
    ['a NUL', treeOf(['a\0b']), 'NUL'],
    ['an empty name', treeOf(['a//b']), 'plain relative path'],
    ['a path that is too long', treeOf(['a'.repeat(256)]), '255 bytes'],
    ['too many folders', treeOf(['a/'.repeat(40) + 'b']), 'folders deep'],
    ['case clashes', treeOf(['Data/one', 'data/two']), 'differ in case alone'],
    ['two ways to write an accent', treeOf(['caf\u00e9', 'cafe\u0301']), 'differ in case alone'],
    ['a file that is a folder', treeOf(['game', 'game/data']), 'a file and a folder'],
    [
      'a link that is a folder',
      treeOf(['game/data'], { game: 'nearcade.title.json' }),
      'a file and a folder',
    ],
    ['a file and a link of one name', treeOf(['game'], { game: 'nearcade.title.json' }), 'there twice'],
    ['a link upwards', treeOf([], { 'a/out': '../../etc/passwd' }), 'links out of the package'],
    ['an absolute link', treeOf([], { out: '/etc/passwd' }), 'absolute path'],
    ['a link that steps up later', treeOf(['a/b'], { out: 'a/../a/b' }), 'not plain'],
    ['a link to nothing', treeOf([], { out: 'nowhere' }), 'not there'],
    ['links in a ring', treeOf([], { one: 'two', two: 'one' }), 'a ring'],
    [
      'a long chain of links',
      treeOf(
        [],
        Object.fromEntries(
          Array.from({ length: 12 }, (_, at) => [`l${at}`, at === 0 ? 'nearcade.title.json' : `l${at - 1}`]),
        ),
      ),
      'chain of too many links',
    ],
    ['no manifest', { files: [file('game')], links: [] }, 'nearcade.title.json is not there'],
    ['too many bytes', { files: [file('game', 11 * packageChunkBytes)], links: [] }, 'more than'],
    [
      'another number of chunks',
      { files: [{ ...file('game'), size: packageChunkBytes + 1 }], links: [] },
      'another number of chunks',
    ],
    ['another order', { files: [file('b'), file('a')], links: [] }, 'not in order'],
    ['a name twice', { files: [file('a'), file('a')], links: [] }, 'there twice'],
    [
      'too many entries',
      { files: Array.from({ length: maxPackageEntries + 1 }, () => file('a')), links: [] },
      'more than',
    ],
  ]
  for (const [what, tree, fault] of hostile)
    it(`refuses ${what}`, () => expect(faultOf(tree)).to.contain(fault))

  it('is not even decoded with fields of its own, odd hashes or sizes', () => {
    const decodes = (value: unknown): boolean => decodeValue(packageTree, value).ok
    const tree = treeOf(['game'])
    const [one] = tree.files
    expect(decodes(tree)).to.equal(true)
    for (const odd of [
      { mode: 0o4755 },
      { size: -1 },
      { size: 0.5 },
      { chunks: ['A'.repeat(64)] },
      { path: '../x' },
    ])
      expect(decodes({ ...tree, files: [{ ...one, ...odd }] }), JSON.stringify(odd)).to.equal(false)
    expect(decodes({ ...tree, devices: [] })).to.equal(false)
  })
})

describe('frames', () => {
  const framesOf = (chunks: readonly Uint8Array[]): Buffer =>
    Buffer.concat(
      chunks.flatMap((bytes) => [
        frameHead(createHash('sha256').update(bytes).digest('hex'), bytes.length),
        bytes,
      ]),
    )

  it('come out as they went in, wherever the body was cut', () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 5 }),
        fc.array(fc.nat(200), { maxLength: 20 }),
        (chunks, cuts) => {
          const body = framesOf(chunks)
          const reader = createFrameReader()
          const seen: Uint8Array[] = []
          let at = 0
          for (const cut of [...cuts, body.length]) {
            for (const { sha256, bytes } of reader.push(body.subarray(at, at + cut))) {
              expect(sha256).to.equal(createHash('sha256').update(bytes).digest('hex'))
              seen.push(bytes)
            }
            at += cut
          }
          reader.end()
          expect(seen).to.deep.equal(chunks)
        },
      ),
    )
  })

  it('are refused when they are empty, too long, cut off or too many', () => {
    expect(() => createFrameReader().push(frameHead(hash, 0))).to.throw('1 to 1048576 bytes')
    expect(() => createFrameReader().push(frameHead(hash, packageChunkBytes + 1))).to.throw(
      '1 to 1048576 bytes',
    )
    for (const length of [1, 36, 40]) {
      const reader = createFrameReader()
      reader.push(framesOf([new Uint8Array(10)]).subarray(0, length))
      expect(() => reader.end(), `${length}`).to.throw('broke off')
    }
    const reader = createFrameReader()
    const part = framesOf([new Uint8Array(packageChunkBytes)])
    for (let at = 0; at < 15; at += 1) reader.push(part)
    expect(part.length * 16).to.be.greaterThan(maxFrameBodyBytes)
    expect(() => reader.push(part)).to.throw('message-too-large')
  })
})

describe('an upload', () => {
  it('is of a tree or of an archive that is named as one', () => {
    const decodes = (value: unknown): boolean => decodeValue(newUpload, value).ok
    expect(decodes({ kind: 'tree', tree: treeOf(['game']) } satisfies NewUpload)).to.equal(true)
    expect(decodes({ kind: 'archive', name: 'game.zip', size: 1, chunks: [hash] })).to.equal(true)
    expect(decodes({ kind: 'archive', name: 'game.zip', size: 0, chunks: [] })).to.equal(false)
    expect(['a.ZIP', 'a.tar', 'a.tgz', 'a.tar.gz'].every((name) => archiveName.test(name))).to.equal(true)
    expect(['a.rar', 'a.tar.zst', 'zip', 'a.gz'].some((name) => archiveName.test(name))).to.equal(false)
  })

  it('names what is missing in views that stay small, and says how much that is', () => {
    const missing = Array.from({ length: maxMissing }, () => hash)
    const view: UploadView = { uploadId: 'u', state: 'receiving', missing, missingBytes: 9, totalBytes: 10 }
    expect(decodeValue(uploadView, view).ok).to.equal(true)
    expect(JSON.stringify(view).length).to.be.lessThan(512 * 1024)
    expect(decodeValue(chunksAnswer, { missingBytes: -1 }).ok).to.equal(false)
  })

  it('has chunks of one size, and the rest', () => {
    const size = 2 * packageChunkBytes + 5
    expect([0, 1, 2].map((index) => chunkBytesAt(size, index))).to.deep.equal([
      packageChunkBytes,
      packageChunkBytes,
      5,
    ])
    expect(treeText(treeOf(['game'])).length).to.be.lessThan(maxTreeChars)
  })
})
