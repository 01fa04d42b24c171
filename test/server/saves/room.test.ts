import { createHash } from 'node:crypto'
import path from 'node:path'
import { expect } from 'chai'
import { pino } from 'pino'
import { NearcadeError } from '../../../config/errors.ts'
import { chunkBytes } from '../../../config/protocol/saves.ts'
import type { Clock } from '../../../server/clock.ts'
import type { BlobStore } from '../../../server/blobs/blobStore.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import { createSaves, type Saves } from '../../../server/saves/saves.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store, StoredSession } from '../../../server/store/store.ts'
import { tempFolder } from '../support/tempFolder.ts'

const hashOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
const mib = 1024 * 1024
const halfHourMs = 30 * 60_000

describe('room for saves', function () {
  this.timeout(60_000)
  let store: Store
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let blobs: BlobStore
  let saves: Saves
  let sessionId: string
  let term: number
  let nowMs: number
  let freeBytes: number
  let number = 0

  before(async () => {
    store = await openPgliteStore(null)
  })
  after(() => store.close())
  beforeEach(async () => {
    folder = await tempFolder()
    nowMs = Date.now()
    freeBytes = 2 ** 40
    number += 1
    sessionId = `session-${number}`
    blobs = await openBlobFolder(path.join(folder.path, 'saves'))
    saves = open(store.saves)
    term = (await saves.open('node', sessionId, { leaseId: 'lease', fence: 1 })).term
  })
  afterEach(() => folder.remove())

  function open(inStore: Store['saves']): Saves {
    const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, after: () => () => {} }
    // No more of a session than saves look at.
    const session = {
      guestId: `guest-${number}`,
      titleId: 'title',
      state: { kind: 'playing', nodeId: 'node', leaseId: 'lease', fence: 1 },
    } as unknown as StoredSession
    return createSaves({
      store: inStore,
      blobs: { ...blobs, room: async () => ({ freeBytes, totalBytes: 0, freeFiles: 1, totalFiles: 0 }) },
      liveSession: (id) => (id === sessionId ? session : null),
      findSession: async () => null,
      isThere: () => true,
      clock,
      log: pino({ level: 'silent' }),
      maxBytes: mib,
    })
  }
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (cause: unknown) => (cause instanceof NearcadeError ? cause.code : String(cause)),
    )
  async function put(content: Buffer | string): Promise<void> {
    const bytes = Buffer.from(content)
    async function* parts(): AsyncIterable<Uint8Array> {
      yield bytes
    }
    await saves.write('node', sessionId, term, hashOf(bytes), parts(), Math.max(1, bytes.length))
  }
  const chunk = (of: number): Buffer => Buffer.alloc(chunkBytes, `${of}.`)
  const keep = (seq: number, ...texts: string[]) =>
    saves.keep('node', sessionId, {
      term,
      seq,
      takenAtMs: 1,
      files: texts.map((text) => ({
        path: text,
        mode: 0o600,
        size: text.length,
        mtimeMs: 1,
        chunks: [hashOf(text)],
      })),
    })

  it('is kept for each chunk before it comes, so that many at once get no more than one by one', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, (_, at) => codeOf(put(chunk(at)))))
    expect(codes.filter((code) => code === 'done')).to.have.length(5)
    expect(codes.filter((code) => code === 'saves-refused')).to.have.length(15)
    nowMs += halfHourMs
    expect(await codeOf(put(chunk(20))), 'later').to.equal('done')
  })

  it('is not won by snapshots that name nothing of what was brought', async () => {
    const codes: string[] = []
    for (let at = 0; at < 7; at += 1) {
      codes.push(await codeOf(put(chunk(at))))
      await keep(at + 1)
    }
    expect(codes.filter((code) => code === 'done')).to.have.length(5)
  })

  it('is taken by many small chunks as well, and given back by what did not come', async () => {
    async function* nothing(): AsyncIterable<Uint8Array> {
      yield Buffer.from('a')
      throw new Error('gone')
    }
    for (let at = 0; at < 10; at += 1)
      expect(await codeOf(saves.write('node', sessionId, term, hashOf('x'), nothing(), chunkBytes))).to.equal(
        'Error: gone',
      )
    expect(await codeOf(put(chunk(1)))).to.equal('done')
    blobs.put = async (_, bytes) => {
      for await (const _part of bytes);
    }
    saves = open(store.saves)
    for (let at = 0; at < 4; at += 1) await put(chunk(at))
    const lots = await Promise.all(Array.from({ length: 1100 }, (_, at) => codeOf(put(`${at}`))))
    expect(lots.filter((code) => code === 'done')).to.have.length((4 * mib) / 4096)
  })

  it('is left on the disk for the rest of the router', async () => {
    freeBytes = 512 * mib + chunkBytes - 1
    expect(await codeOf(put(chunk(1)))).to.equal('saves-full')
    freeBytes = 512 * mib + 2 * chunkBytes
    const codes = await Promise.all([1, 2, 3].map((at) => codeOf(put(chunk(at)))))
    expect(codes, 'that which is on its way counts').to.include('saves-full')
    expect(await codeOf(put(chunk(1)))).to.equal('done')
  })

  it('is not made of what a snapshot has just named', async () => {
    await put('again')
    // The sweep has looked which are needed; the chunk comes again and is named before it goes on.
    saves = open({
      ...store.saves,
      async needed(chunks) {
        const needed = await store.saves.needed(chunks)
        await put('again')
        await keep(1, 'again')
        return needed
      },
    })
    nowMs = Date.now() + 2 * halfHourMs + 1000
    expect(await saves.sweep()).to.equal(0)
    expect(await blobs.has(hashOf('again'))).to.equal(true)
  })
})
