import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { chunkBytes, type SaveFile } from '../../../config/protocol/saves.ts'
import { fetchHome } from '../../../edge/saves/fetchHome.ts'
import { homePaths, type HomePaths } from '../../../edge/saves/homePaths.ts'
import { openInside } from '../../../edge/saves/openInside.ts'
import { type HomeRead, type ReadFile, readHome } from '../../../edge/saves/readHome.ts'

const hashOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
/** Long enough ago that a look tells whether a file has changed. */
const longAgoS = 1_600_000_000

describe('a home and its saves', () => {
  let folder: string
  let paths: HomePaths
  let spool: string

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nearcade-home-'))
    paths = homePaths(folder, { guestId: 'guest', titleId: 'title', slot: 1 })
    spool = path.join(folder, 'spool')
    await mkdir(paths.folder, { recursive: true })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const put = async (name: string, text: string | Uint8Array, mode = 0o600): Promise<void> => {
    const file = path.join(paths.folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text)
    await chmod(file, mode)
    await utimes(file, longAgoS, longAgoS)
  }
  const read = (options: Partial<Parameters<typeof readHome>[1]> = {}): Promise<HomeRead> =>
    readHome(paths.folder, {
      maxBytes: 100 * 1024 ** 2,
      before: new Map(),
      isThere: () => false,
      spool,
      nowMs: Date.now,
      ...options,
    })
  const filesOf = (home: HomeRead): readonly SaveFile[] => {
    if (home.kind !== 'read') throw new Error(home.kind)
    return [...home.files.values()].map(({ file }) => file)
  }
  const pathsOf = (home: HomeRead): readonly string[] => filesOf(home).map((file) => file.path)

  describe('reading', () => {
    it('takes every plain file with its mode, time and chunks, and copies each chunk once', async () => {
      await put('a', 'one', 0o755)
      await put('deep/er/b', 'one')
      await put('empty', '')
      const large = Buffer.alloc(chunkBytes + 1, 7)
      await put('large', large)
      const files = filesOf(await read())
      const chunks = [hashOf(large.subarray(0, chunkBytes)), hashOf(large.subarray(chunkBytes))]
      const mtimeMs = longAgoS * 1000
      expect(files).to.deep.equal([
        { path: 'a', mode: 0o755, size: 3, mtimeMs, chunks: [hashOf('one')] },
        { path: 'deep/er/b', mode: 0o600, size: 3, mtimeMs, chunks: [hashOf('one')] },
        { path: 'empty', mode: 0o600, size: 0, mtimeMs, chunks: [] },
        { path: 'large', mode: 0o600, size: chunkBytes + 1, mtimeMs, chunks },
      ])
      expect((await readdir(spool)).toSorted()).to.deep.equal([hashOf('one'), ...chunks].toSorted())
      expect(await readFile(path.join(spool, hashOf('one')), 'utf8')).to.equal('one')
    })

    it('leaves out links, pipes, caches, and what a browser keeps for itself', async () => {
      await put('save', 'mine')
      await put('.cache/shader', 'x')
      await put('profile/GPUCache/data', 'x')
      await put('.chromium/Default/History', 'x')
      await put('.chromium/Local State', 'x')
      await put('.chromium/Default/Local Storage/leveldb/000003.log', 'mine')
      await symlink('/etc/passwd', path.join(paths.folder, 'link'))
      await symlink('/etc', path.join(paths.folder, 'folder'))
      execFileSync('sh', ['-c', 'mkfifo pipe'], { cwd: paths.folder })
      expect(pathsOf(await read())).to.deep.equal([
        '.chromium/Default/Local Storage/leveldb/000003.log',
        'save',
      ])
    })

    it('reads again only what looks changed, and copies only what the router lacks', async () => {
      await put('same', 'same')
      await put('changed', 'before')
      const first = await read()
      const before: ReadonlyMap<string, ReadFile> = first.kind === 'read' ? first.files : new Map()
      await rm(spool, { recursive: true })
      await put('changed', 'after!!')
      // It would be read as what it is now: nobody looks, because it looks the same.
      await put('same', 'SAME')
      const files = filesOf(await read({ before, isThere: (sha256) => sha256 === hashOf('same') }))
      expect(files.map(({ chunks }) => chunks[0])).to.deep.equal([hashOf('after!!'), hashOf('same')])
      expect(await readdir(spool)).to.deep.equal([hashOf('after!!')])
    })

    it('reads a file again that was written a moment before it was read', async () => {
      await put('save', 'one')
      const nowS = Date.now() / 1000
      await utimes(path.join(paths.folder, 'save'), nowS, nowS)
      const first = await read()
      await writeFile(path.join(paths.folder, 'save'), 'two')
      await utimes(path.join(paths.folder, 'save'), nowS, nowS)
      const second = await read({ before: first.kind === 'read' ? first.files : new Map() })
      expect(filesOf(second)[0]?.chunks).to.deep.equal([hashOf('two')])
    })

    it('reads a home again in which something came and went meanwhile', async () => {
      await put('a', 'before')
      await put('b', 'before')
      let looks = 0
      const home = await read({
        nowMs() {
          looks += 1
          // The first file was read, the second is about to be: a database moves from one to the other.
          if (looks === 2) {
            writeFileSync(path.join(paths.folder, 'a'), 'after!!')
            rmSync(path.join(paths.folder, 'b'))
            writeFileSync(path.join(paths.folder, 'c'), 'after!!')
          }
          return Date.now()
        },
      })
      expect(filesOf(home).map(({ path: name, chunks }) => [name, chunks[0]])).to.deep.equal([
        ['a', hashOf('after!!')],
        ['c', hashOf('after!!')],
      ])
    })

    it('says when it is too much, by bytes and by number, and when there is none', async () => {
      await put('a', 'x'.repeat(600))
      await put('b', 'x'.repeat(600))
      expect((await read({ maxBytes: 1000 })).kind).to.equal('tooMuch')
      expect((await read({ maxBytes: 1200 })).kind).to.equal('read')
      await rm(paths.folder, { recursive: true })
      expect((await read()).kind).to.equal('none')
    })

    it('opens nothing outside the home, whatever a game puts in the way meanwhile', async () => {
      const outside = path.join(folder, 'outside')
      await mkdir(outside)
      await writeFile(path.join(outside, 'secret'), 'secret')
      await symlink(path.join(outside, 'secret'), path.join(paths.folder, 'file'))
      await symlink(outside, path.join(paths.folder, 'shelf'))
      expect(await openInside(paths.folder, 'file')).to.equal(null)
      expect(await openInside(paths.folder, 'shelf/secret'), 'a folder on the way').to.equal(null)
      expect(await openInside(paths.folder, '../../../outside/secret')).to.equal(null)
      execFileSync('sh', ['-c', 'mkfifo pipe'], { cwd: paths.folder })
      expect(await openInside(paths.folder, 'pipe'), 'and waits for nobody').to.equal(null)
    })
  })

  describe('fetching', () => {
    const text = new Map<string, string>()
    const fileOf = (name: string, content: string, change: Partial<SaveFile> = {}): SaveFile => {
      text.set(hashOf(content), content)
      const chunks = content === '' ? [] : [hashOf(content)]
      return {
        path: name,
        mode: 0o640,
        size: content.length,
        mtimeMs: longAgoS * 1000 + 5,
        chunks,
        ...change,
      }
    }
    let asked: string[]
    const fetchThem = (files: readonly SaveFile[], change: Partial<Parameters<typeof fetchHome>[0]> = {}) =>
      fetchHome({
        paths,
        files,
        here: [],
        putAside: false,
        async chunk(sha256) {
          asked.push(sha256)
          const content = text.get(sha256)
          if (content === undefined) throw new Error('no such chunk')
          return Buffer.from(content)
        },
        nowMs: 1,
        ...change,
      })
    beforeEach(() => {
      asked = []
    })

    it('makes the home that was sent, and nothing besides', async () => {
      await put('old', 'old')
      const files = [fileOf('a', 'one'), fileOf('deep/er/b', 'two', { mode: 0o755 }), fileOf('empty', '')]
      expect(await fetchThem(files)).to.equal(null)
      const found = filesOf(await read())
      expect(found).to.deep.equal(files)
      expect(await readdir(path.dirname(paths.folder))).to.deep.equal(['title'])
    })

    it('asks for nothing that lies in the old home untouched', async () => {
      await put('moved', 'one')
      await put('changed', 'xxx')
      const here = [fileOf('moved', 'one'), fileOf('changed', 'two')]
      await fetchThem([fileOf('to', 'one'), fileOf('changed', 'two')], { here })
      expect(asked).to.deep.equal([hashOf('two')])
      expect(await readFile(path.join(paths.folder, 'to'), 'utf8')).to.equal('one')
    })

    it('changes nothing when it breaks off, and goes on from there the next time', async () => {
      await put('old', 'old')
      const files = [fileOf('a', 'one'), fileOf('b', 'two')]
      const failing = fetchThem(files, {
        async chunk(sha256) {
          if (sha256 === hashOf('two')) throw new Error('broke off')
          return Buffer.from(text.get(sha256) ?? '')
        },
      })
      expect(String(await failing.catch((cause: unknown) => cause))).to.contain('broke off')
      expect(await readdir(paths.folder)).to.deep.equal(['old'])
      await fetchThem([...files, fileOf('c', 'three')])
      expect(asked.toSorted()).to.deep.equal([hashOf('two'), hashOf('three')].toSorted())
      expect(await readdir(paths.folder)).to.deep.equal(['a', 'b', 'c'])
    })

    it('takes no wrong bytes', async () => {
      const wrong = fetchThem([fileOf('a', 'one')], { chunk: async () => Buffer.from('two') })
      expect(String(await wrong.catch((cause: unknown) => cause))).to.contain('not what it should be')
      const size = fetchThem([fileOf('a', 'one', { size: 2 })])
      expect(String(await size.catch((cause: unknown) => cause))).to.contain('another size')
    })

    it('puts a home aside that was never sent, and keeps the three latest of those', async () => {
      const shelf = path.dirname(paths.folder)
      for (let nowMs = 1001; nowMs <= 1005; nowMs += 1) {
        await put('own', String(nowMs))
        const aside = await fetchThem([fileOf('a', 'one')], { putAside: true, nowMs })
        expect(await readFile(path.join(aside ?? '', 'own'), 'utf8')).to.equal(String(nowMs))
      }
      expect((await readdir(shelf)).toSorted()).to.deep.equal([
        'title',
        'title.kept-1003',
        'title.kept-1004',
        'title.kept-1005',
      ])
    })

    it('follows no link that a game has left in the old home', async () => {
      const outside = path.join(folder, 'outside')
      await mkdir(outside)
      await writeFile(path.join(outside, 'a'), 'theirs')
      await symlink(outside, path.join(paths.folder, 'deep'))
      await fetchThem([fileOf('deep/a', 'one')], { here: [fileOf('deep/a', 'one')] })
      expect(await readFile(path.join(outside, 'a'), 'utf8')).to.equal('theirs')
      expect((await lstat(path.join(paths.folder, 'deep'))).isDirectory()).to.equal(true)
      expect((await stat(path.join(paths.folder, 'deep', 'a'))).size).to.equal(3)
    })
  })
})
