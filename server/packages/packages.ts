import { NearcadeError } from '../../config/errors.ts'
import { packageChunkBytes } from '../../config/protocol/package.ts'
import { type Blob, type BlobStore, readBlob } from '../blobs/blobStore.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { PackageStore } from '../store/packageStore.ts'
import { createChunks } from './chunks.ts'
import { maxContentBytes } from './contents.ts'
import type { ChunkList } from './chunkList.ts'
import type { TreePart } from './thread/messages.ts'
import type { ContentThread } from './thread/openThread.ts'
import { openUnpacking } from './unpacking.ts'
import { createUploads, type Uploads } from './uploads.ts'

/** Builds of titles: as they come, and as they are kept. */
export interface Packages extends Uploads {
  /** As `treeText` has it. Null: nobody has such a tree. */
  treeText(treeId: string): Promise<Blob | null>
  /** All that its files are of. Null: nobody has such a tree. */
  chunksOf(treeId: string): Promise<ChunkList | null>
  /** Its files and links of these paths, those that there are. Null: nobody has such a tree. */
  treePart(treeId: string, paths: readonly string[]): Promise<TreePart | null>
  /**
   * A file of a tree, whole.
   * @returns null: there is no such file
   * @throws NearcadeError message-too-large when it has more than `maxBytes`
   */
  readFile(treeId: string, path: string, maxBytes: number): Promise<Buffer | null>
  /** Whoever asks has made sure that it is part of what they may see. */
  readChunk(sha256: string): Promise<Blob | null>
  /** Keeps a tree for as long as a version is made of it. False: it is gone, and must be uploaded again. */
  keep(treeId: string): Promise<boolean>
  /** No version is made of it any more. */
  forget(treeId: string): Promise<void>
  /** Removes what nothing needs any more; gives how many blobs went. */
  sweep(): Promise<number>
  /** Stops what is being unpacked; it is taken up again at the next start. */
  close(): Promise<void>
}

export interface PackagesContext {
  readonly store: PackageStore
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly log: Log
  /** Whoever opened it closes it, later than this. */
  readonly thread: ContentThread
  /** What one organisation may have here. */
  readonly maxBytes: number
  /** Of one package, unpacked: as many chunks as it names, however often it names the same. As much as that if absent. */
  readonly packageMaxBytes?: number
  /** Of the disk, for the database and players' saves; null or absent: as `diskFloor.ts` has it. */
  readonly keepFreeBytes?: number | null
}

/** An upload to which no chunk comes. */
const comingMs = 24 * 3_600_000
/** One that has ended, and a tree that no version is made of. */
const expireMs = 7 * 24 * 3_600_000
/** What came lately may be about to be named. */
const freshMs = 2 * 3_600_000
const sweepAtOnce = 200

export async function openPackages(context: PackagesContext): Promise<Packages> {
  const { store, blobs, clock, log, thread, maxBytes: orgMaxBytes, packageMaxBytes = orgMaxBytes } = context
  const maxBytes = Math.min(packageMaxBytes, orgMaxBytes)
  const { keepFreeBytes = null } = context
  const chunks = createChunks({ store, blobs, clock, log, maxBytes: orgMaxBytes, keepFreeBytes })

  async function readChunkWhole(sha256: string): Promise<Buffer<ArrayBuffer>> {
    const blob = await blobs.get(sha256)
    if (blob === null) throw new Error(`the chunk ${sha256} is not there`)
    return readBlob(blob, packageChunkBytes)
  }

  async function treeText(treeId: string): Promise<Blob | null> {
    if (!(await store.hasTree(treeId))) return null
    const blob = await blobs.get(treeId)
    if (blob === null) throw new Error(`the tree ${treeId} is not there`)
    return blob
  }

  async function wholeText(treeId: string): Promise<Buffer<ArrayBuffer> | null> {
    const blob = await treeText(treeId)
    return blob === null ? null : readBlob(blob, maxContentBytes)
  }

  async function treePart(treeId: string, paths: readonly string[]): Promise<TreePart | null> {
    const text = await wholeText(treeId)
    return text === null ? null : thread.part(text, paths)
  }

  const unpacking = openUnpacking({
    store,
    chunks,
    readChunk: readChunkWhole,
    clock,
    log,
    maxBytes,
    thread,
    textOf: (upload) => uploads.textOf(upload),
  })
  const uploads = createUploads({ store, blobs, chunks, thread, unpacking, clock, log, maxBytes })
  for (const upload of await store.unpacking()) unpacking.start(upload)

  return {
    begin: uploads.begin,
    uploadOf: uploads.uploadOf,
    write: uploads.write,
    finish: uploads.finish,
    drop: uploads.drop,
    treeText,
    async chunksOf(treeId) {
      const text = await wholeText(treeId)
      return text === null ? null : thread.chunks('tree', text)
    },
    treePart,
    async readFile(treeId, path, atMost) {
      const [file] = (await treePart(treeId, [path]))?.tree.files ?? []
      if (file === undefined) return null
      if (file.size > atMost)
        throw new NearcadeError('message-too-large', [`${path} has more than ${atMost} bytes`])
      const parts: Buffer[] = []
      for (const sha256 of file.chunks) parts.push(await readChunkWhole(sha256))
      return Buffer.concat(parts)
    },
    readChunk: (sha256) => blobs.get(sha256),
    keep: (treeId) => store.keep(treeId),
    forget: (treeId) => store.forget(treeId, clock.now()),
    async sweep() {
      await store.expire({ comingMs: clock.now() - comingMs, othersMs: clock.now() - expireMs })
      uploads.forgetAll()
      let gone = 0
      let some: string[] = []
      const look = async (): Promise<void> => {
        await chunks.release(null, some, clock.now() - freshMs)
        gone += await chunks.drop(some)
        some = []
      }
      for await (const sha256 of blobs.putBefore(clock.now() - freshMs)) {
        some.push(sha256)
        if (some.length === sweepAtOnce) await look()
      }
      await look()
      if (gone > 0) log.info({ blobs: gone }, 'old packages removed')
      return gone
    },
    close: () => unpacking.close(),
  }
}
