import { createHash, randomBytes } from 'node:crypto'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { NearcadeError } from '../../../config/errors.ts'
import { parseRouterSettings } from '../../../config/settings/router.ts'
import { readBlob, type BlobStore } from '../../../server/blobs/blobStore.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import { openBlobs } from '../../../server/blobs/openBlobs.ts'
import { openBucket } from '../../../server/blobs/s3.ts'
import { startBucket } from '../support/bucket.ts'
import { tempFolder } from '../support/tempFolder.ts'

const hashOf = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

async function* parts(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

/** What every store of blobs promises. */
function blobContract(name: string, open: () => Promise<{ blobs: BlobStore; close(): Promise<void> }>): void {
  describe(`blobs: ${name}`, () => {
    let blobs: BlobStore
    let close: () => Promise<void>
    before(async () => ({ blobs, close } = await open()))
    after(() => close())

    const textOf = async (sha256: string): Promise<string | null> => {
      const blob = await blobs.get(sha256)
      if (blob === null) return null
      const text = (await readBlob(blob, 1000)).toString()
      expect(blob.size).to.equal(text.length)
      return text
    }

    it('gives back what it was given, by its hash', async () => {
      await blobs.put(hashOf('saved'), parts('sa', 'ved'), 5)
      await blobs.put(hashOf(''), parts(), 0)
      expect(await textOf(hashOf('saved'))).to.equal('saved')
      expect(await textOf(hashOf(''))).to.equal('')
      expect(await blobs.has(hashOf('saved'))).to.equal(true)
      expect(await blobs.has(hashOf('other'))).to.equal(false)
      expect(await textOf(hashOf('other'))).to.equal(null)
    })

    it('gives back a chunk of a mebibyte, and no more of it than is asked for', async () => {
      const chunk = randomBytes(1024 * 1024)
      const sha256 = hashOf(chunk)
      await blobs.put(sha256, [chunk.subarray(0, 5), chunk.subarray(5)], chunk.length)
      const blob = await blobs.get(sha256)
      expect(blob === null || chunk.equals(await readBlob(blob, chunk.length))).to.equal(true)
      const again = await blobs.get(sha256)
      expect(again).not.to.equal(null)
      if (again !== null) expect(await codeOf(readBlob(again, chunk.length - 1))).to.contain('are allowed')
    })

    it('gives a part of a blob with the size of all of it', async () => {
      await blobs.put(hashOf('0123456789'), parts('01234', '56789'), 10)
      const part = await blobs.get(hashOf('0123456789'), { start: 3, end: 6 })
      expect(part?.size).to.equal(10)
      if (part !== null) expect((await readBlob({ ...part, size: 4 }, 4)).toString()).to.equal('3456')
    })

    it('keeps nothing of what has another hash, is too long, or breaks off', async () => {
      async function* broken(): AsyncIterable<Uint8Array> {
        yield Buffer.from('hal')
        throw new Error('gone')
      }
      expect(await codeOf(blobs.put(hashOf('half'), parts('other'), 9))).to.equal('wrong-content')
      expect(await codeOf(blobs.put(hashOf('half'), parts('hal', 'f'), 3))).to.equal('message-too-large')
      expect(await codeOf(blobs.put(hashOf('half'), broken(), 9))).to.equal('Error: gone')
      expect(await blobs.has(hashOf('half'))).to.equal(false)
    })

    it('says how much room is left', async () => {
      const { freeBytes, freeFiles } = await blobs.room()
      expect(Math.min(freeBytes, freeFiles)).to.be.greaterThan(0)
    })

    it('takes the same bytes from several at once', async () => {
      await Promise.all([1, 2, 3].map(() => blobs.put(hashOf('same'), parts('same'), 9)))
      expect(await textOf(hashOf('same'))).to.equal('same')
    })

    it('forgets what is deleted', async () => {
      await blobs.put(hashOf('gone'), parts('gone'), 9)
      await blobs.delete(hashOf('gone'))
      await blobs.delete(hashOf('gone'))
      expect(await blobs.has(hashOf('gone'))).to.equal(false)
    })

    it('lists what was put before a time; putting it again makes it new', async function () {
      const [one, other] = [hashOf('one'), hashOf('the other')]
      await blobs.put(one, parts('one'), 9)
      await blobs.put(other, parts('the other'), 9)
      const listed = async (beforeMs: number): Promise<ReadonlySet<string>> => {
        const found = new Set<string>()
        for await (const sha256 of blobs.putBefore(beforeMs)) found.add(sha256)
        return found
      }
      expect([...(await listed(Date.now() - 60_000))]).to.deep.equal([])
      expect(await listed(Date.now() + 60_000)).to.include.keys(one, other)
    })
  })
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (cause: unknown) => (cause instanceof NearcadeError ? cause.code : String(cause)),
  )

blobContract('in a folder', async () => {
  const folder = await tempFolder()
  return { blobs: await openBlobFolder(folder.path), close: () => folder.remove() }
})

blobContract('in a bucket', async () => {
  const bucket = await startBucket()
  return { blobs: openBucket({ ...bucket.settings, prefix: 'some/where/' }), close: () => bucket.close() }
})

describe('a bucket of blobs', () => {
  let bucket: Awaited<ReturnType<typeof startBucket>>
  before(async () => (bucket = await startBucket()))
  after(() => bucket.close())

  it('is listed to its end, however many there are', async function () {
    this.timeout(30_000)
    const blobs = openBucket(bucket.settings)
    const texts = Array.from({ length: 1005 }, (_, at) => `text ${at}`)
    for (let at = 0; at < texts.length; at += 50)
      await Promise.all(texts.slice(at, at + 50).map((text) => blobs.put(hashOf(text), parts(text), 20)))
    const found = new Set<string>()
    for await (const sha256 of blobs.putBefore(Date.now() + 60_000)) found.add(sha256)
    expect(found).to.deep.equal(new Set(texts.map(hashOf)))
  })

  it('is shared by two kinds of blobs that never meet', async () => {
    const open = openBlobs(bucket.settings, '/nowhere')
    const [saves, packages] = [await open('saves'), await open('packages')]
    await saves.put(hashOf('mine'), parts('mine'), 9)
    expect([await saves.has(hashOf('mine')), await packages.has(hashOf('mine'))]).to.deep.equal([true, false])
  })

  it('that is not there, or not for this key, is a fault and not an empty one', async () => {
    const elsewhere = openBucket({ ...bucket.settings, bucket: 'elsewhere' })
    expect(await codeOf(elsewhere.put(hashOf('x'), parts('x'), 9))).to.contain('not there')
    const stranger = openBucket({ ...bucket.settings, accessKeyId: 'somebody' })
    expect(await codeOf(stranger.put(hashOf('x'), parts('x'), 9))).to.contain('403')
    expect(await codeOf(stranger.has(hashOf('x')))).to.contain('403')
  })
})

describe('a folder of blobs', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>
  beforeEach(async () => {
    folder = await tempFolder()
  })
  afterEach(() => folder.remove())

  it('has after it was opened again what it had, and nothing of what a killed router was writing', async () => {
    const blobs = await openBlobFolder(folder.path)
    await blobs.put(hashOf('saved'), parts('saved'), 9)
    await writeFile(path.join(folder.path, 'tmp', 'half'), 'half')
    const again = await openBlobFolder(folder.path)
    expect(await again.has(hashOf('saved'))).to.equal(true)
    expect(await readdir(path.join(folder.path, 'tmp'))).to.deep.equal([])
  })

  it('says when its disk is full, and leaves nothing of what did not fit', async () => {
    const blobs = await openBlobFolder(folder.path)
    async function* tooMuch(): AsyncIterable<Uint8Array> {
      yield Buffer.from('sav')
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    }
    expect(await codeOf(blobs.put(hashOf('saved'), tooMuch(), 9))).to.equal('store-full')
    expect(await readdir(path.join(folder.path, 'tmp'))).to.deep.equal([])
  })

  it('lists what is old alone', async () => {
    const blobs = await openBlobFolder(folder.path)
    for (const text of ['one', 'other']) {
      await blobs.put(hashOf(text), parts(text), 9)
      await utimes(path.join(folder.path, hashOf(text).slice(0, 2), hashOf(text)), 10, 10)
    }
    await blobs.put(hashOf('other'), parts('other'), 9)
    const found: string[] = []
    for await (const sha256 of blobs.putBefore(20_000)) found.push(sha256)
    expect(found).to.deep.equal([hashOf('one')])
  })
})

describe('the address of a bucket', () => {
  const bucketOf = (url: string) => parseRouterSettings({ NEARCADE_BLOBS_URL: url }).bucket

  it('says where it is, and whose', () => {
    expect(bucketOf('')).to.equal(null)
    expect(bucketOf('s3://id:a%2Fb@s3.example:9000/games/nearcade?region=eu-west-1&tls=no')).to.deep.equal({
      endpoint: 'http://s3.example:9000',
      region: 'eu-west-1',
      accessKeyId: 'id',
      secretAccessKey: 'a/b',
      bucket: 'games',
      prefix: 'nearcade/',
    })
    expect(bucketOf('s3://id:key@s3.example/games')).to.include({
      endpoint: 'https://s3.example',
      prefix: '',
    })
  })

  for (const url of [
    'http://s3.example/games',
    's3://s3.example/games',
    's3://id:key@s3.example',
    's3://id:key@s3.example/games?acl=public',
    's3://id:key@s3.example/games?tls=maybe',
    's3://id:%zz@s3.example/games',
  ])
    it(`is not ${url}`, () => expect(() => bucketOf(url)).to.throw('NEARCADE_BLOBS_URL'))
})
