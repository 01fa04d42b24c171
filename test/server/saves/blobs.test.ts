import { createHash } from 'node:crypto'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { NearcadeError } from '../../../config/errors.ts'
import { type BlobStore, openBlobFolder } from '../../../server/saves/blobs.ts'
import { tempFolder } from '../support/tempFolder.ts'

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

async function* parts(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

describe('a folder of blobs', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let blobs: BlobStore
  beforeEach(async () => {
    folder = await tempFolder()
    blobs = await openBlobFolder(folder.path)
  })
  afterEach(() => folder.remove())

  const textOf = async (sha256: string): Promise<string | null> => {
    const blob = await blobs.get(sha256)
    if (blob === null) return null
    const read: Uint8Array[] = []
    for await (const part of blob.bytes) read.push(part)
    const text = Buffer.concat(read).toString()
    expect(blob.size).to.equal(text.length)
    return text
  }
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (cause: unknown) => (cause instanceof NearcadeError ? cause.code : String(cause)),
    )

  it('gives back what it was given, by its hash, and after it was opened again', async () => {
    await blobs.put(hashOf('saved'), parts('sa', 'ved'), 5)
    await blobs.put(hashOf(''), parts(), 0)
    blobs = await openBlobFolder(folder.path)
    expect(await textOf(hashOf('saved'))).to.equal('saved')
    expect(await textOf(hashOf(''))).to.equal('')
    expect(await blobs.has(hashOf('other'))).to.equal(false)
    expect(await textOf(hashOf('other'))).to.equal(null)
  })

  it('keeps nothing of what has another hash, is too long, or breaks off', async () => {
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.from('sav')
      throw new Error('gone')
    }
    expect(await codeOf(blobs.put(hashOf('saved'), parts('other'), 9))).to.equal('saves-refused')
    expect(await codeOf(blobs.put(hashOf('saved'), parts('sav', 'ed'), 4))).to.equal('message-too-large')
    expect(await codeOf(blobs.put(hashOf('saved'), broken(), 9))).to.equal('Error: gone')
    async function* tooMuch(): AsyncIterable<Uint8Array> {
      yield Buffer.from('sav')
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    }
    expect(await codeOf(blobs.put(hashOf('saved'), tooMuch(), 9))).to.equal('saves-full')
    expect(await blobs.has(hashOf('saved'))).to.equal(false)
    expect(await readdir(path.join(folder.path, 'tmp'))).to.deep.equal([])
  })

  it('says how much the disk has left', async () => {
    expect(await blobs.freeBytes()).to.be.greaterThan(0)
  })

  it('takes the same bytes from several at once', async () => {
    await Promise.all([1, 2, 3].map(() => blobs.put(hashOf('same'), parts('same'), 9)))
    expect(await textOf(hashOf('same'))).to.equal('same')
  })

  it('forgets what is deleted, and what a killed router was writing', async () => {
    await blobs.put(hashOf('saved'), parts('saved'), 9)
    await blobs.delete(hashOf('saved'))
    await blobs.delete(hashOf('saved'))
    expect(await blobs.has(hashOf('saved'))).to.equal(false)
    await mkdir(path.join(folder.path, 'tmp'), { recursive: true })
    await writeFile(path.join(folder.path, 'tmp', 'half'), 'half')
    await openBlobFolder(folder.path)
    expect(await readdir(path.join(folder.path, 'tmp'))).to.deep.equal([])
  })

  it('lists what was put before a time; putting it again makes it new', async () => {
    const old = async (text: string): Promise<string> => {
      const sha256 = hashOf(text)
      await blobs.put(sha256, parts(text), 9)
      await utimes(path.join(folder.path, sha256.slice(0, 2), sha256), 10, 10)
      return sha256
    }
    const [one, other] = [await old('one'), await old('other')]
    await blobs.put(other, parts('other'), 9)
    const found: string[] = []
    for await (const sha256 of blobs.putBefore(20_000)) found.push(sha256)
    expect(found).to.deep.equal([one])
  })
})
