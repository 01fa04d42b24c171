import { NearcadeError, wireError } from '../../config/errors.ts'
import { treeText } from '../../config/protocol/package.ts'
import type { Frame } from '../../config/protocol/packageFrames.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { PackageStore, StoredUpload } from '../store/packageStore.ts'
import { unpack } from './archives/unpack.ts'
import type { Chunks } from './chunks.ts'
import { type Archive, contentOf, treeChunks } from './contents.ts'

/** Archives that have come whole, unpacked one after the other. What is not done when the router ends is begun again when it starts. */
export interface Unpacking {
  start(upload: StoredUpload): void
  /** What came out of it so far; null: it is not being unpacked. */
  progress(uploadId: string): number | null
  /** Ends what is running soon. */
  close(): Promise<void>
}

export interface UnpackingContext {
  readonly store: PackageStore
  readonly chunks: Chunks
  readonly readChunk: (sha256: string) => Promise<Buffer>
  /** Null: it is gone. */
  readonly contentOf: (upload: StoredUpload) => Promise<Archive | null>
  readonly clock: Clock
  readonly log: Log
  /** Of one package. */
  readonly maxBytes: number
}

export function openUnpacking(context: UnpackingContext): Unpacking {
  const { store, chunks, readChunk, clock, log, maxBytes } = context
  const progress = new Map<string, number>()
  const stop = new AbortController()
  let last: Promise<void> = Promise.resolve()

  async function run(upload: StoredUpload): Promise<void> {
    const { id, orgId } = upload
    if (stop.signal.aborted || (await store.upload(orgId, id))?.state !== 'unpacking') return
    const left: string[] = []
    try {
      const archive = await context.contentOf(upload)
      if (archive === null) throw new Error('an upload that is being unpacked is of no archive')
      left.push(...archive.chunks)
      await makeTree(upload, archive, left)
    } catch (cause) {
      if (stop.signal.aborted) return
      const isTheirs = cause instanceof NearcadeError
      if (!isTheirs) log.error({ err: cause, upload: id }, 'an archive could not be unpacked')
      await store.refuse(id, isTheirs ? cause.toWire() : wireError('internal'), clock.now())
    }
    // The archive itself, which nothing needs any more, and what was unpacked in vain.
    await chunks.release(orgId, left, Number.MAX_SAFE_INTEGER)
    await chunks.drop([...left, upload.contentId])
  }

  /** @param left is given the chunks that may be left over when it fails */
  async function makeTree({ id, orgId }: StoredUpload, archive: Archive, left: string[]): Promise<void> {
    const source = { ...archive, read: readChunk }
    // Once through to the end without keeping a byte: what is refused leaves nothing behind, whenever it is found out.
    const tree = await unpack(
      source,
      maxBytes,
      async () => stop.signal.throwIfAborted(),
      (bytes) => progress.set(id, bytes),
    )
    const content = contentOf({ kind: 'tree', tree }, maxBytes)
    const names = [...content.sizes.keys()]
    const missing = new Set(names)
    for (const [sha256, bytes] of await store.had(orgId, names))
      if (bytes === content.sizes.get(sha256)) missing.delete(sha256)
    let missingBytes = 0
    for (const sha256 of missing) missingBytes += content.sizes.get(sha256) ?? 0
    await chunks.demandRoom(orgId, missingBytes)
    // From now on no sweep takes what is unpacked before the tree is there to name it.
    await store.needs(id, [...new Set([...archive.chunks, ...names])], clock.now())
    if (missing.size > 0) {
      left.push(...missing)
      await writeMissing(orgId, source, missing)
    }
    await chunks.withBlob(content.id, Buffer.from(treeText(tree)), () =>
      store.complete(id, 'unpacking', {
        treeId: content.id,
        chunks: [...treeChunks(tree).keys()],
        atMs: clock.now(),
      }),
    )
  }

  async function writeMissing(
    orgId: string,
    source: Archive & { readonly read: typeof readChunk },
    missing: Set<string>,
  ): Promise<void> {
    let batch: Frame[] = []
    let batchBytes = 0
    const write = async (): Promise<void> => {
      const frames = batch
      batch = []
      batchBytes = 0
      await chunks.bring(orgId, listed(frames))
    }
    await unpack(
      source,
      maxBytes,
      async (sha256, bytes) => {
        stop.signal.throwIfAborted()
        if (!missing.delete(sha256)) return
        batch.push({ sha256, bytes })
        batchBytes += bytes.length
        if (batchBytes >= maxBatchBytes || batch.length === maxBatchChunks) await write()
      },
      () => {},
    )
    await write()
  }

  return {
    start(upload) {
      progress.set(upload.id, 0)
      last = last
        .then(() => run(upload))
        .catch((cause: unknown) =>
          log.error({ err: cause, upload: upload.id }, 'an archive could not be unpacked'),
        )
        .finally(() => progress.delete(upload.id))
    },
    progress: (uploadId) => progress.get(uploadId) ?? null,
    async close() {
      stop.abort()
      await last
    },
  }
}

/** Written side by side. */
const maxBatchBytes = 8 * 1024 * 1024
const maxBatchChunks = 256

async function* listed<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items
}
