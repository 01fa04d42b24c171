import { NearcadeError, wireError } from '../../config/errors.ts'
import type { Frame } from '../../config/protocol/packageFrames.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { PackageStore, StoredUpload } from '../store/packageStore.ts'
import { chargeOf } from './charge.ts'
import type { Chunks } from './chunks.ts'
import { archiveIn } from './contents.ts'
import { receivedOf } from './received.ts'
import type { ContentThread, Unpacking as Order } from './thread/openThread.ts'
import { createTurns } from './turns.ts'

/**
 * Archives that have come whole, unpacked one after the other, each organisation in its turn. What is not done when the router ends is begun again
 * when it starts.
 */
export interface Unpacking {
  start(upload: StoredUpload): void
  /** What came out of it so far; null: it is not being unpacked. */
  progress(uploadId: string): number | null
  /** Ends it, if it is being unpacked or waits to be; whoever calls has removed it. */
  cancel(uploadId: string): Promise<void>
  /** Ends what is running soon. */
  close(): Promise<void>
}

export interface UnpackingContext {
  readonly store: PackageStore
  readonly chunks: Chunks
  readonly thread: Pick<ContentThread, 'treeOf' | 'unpack'>
  readonly readChunk: (sha256: string) => Promise<Buffer<ArrayBuffer>>
  /** What it is of, as it was kept. */
  readonly textOf: (upload: StoredUpload) => Promise<Buffer<ArrayBuffer>>
  readonly clock: Clock
  readonly log: Log
  /** Of one package. */
  readonly maxBytes: number
}

/** Written side by side. */
const maxBatchBytes = 8 * 1024 * 1024
const maxBatchChunks = 256

export function openUnpacking(context: UnpackingContext): Unpacking {
  const { store, chunks, thread, readChunk, textOf, clock, log, maxBytes } = context
  const progress = new Map<string, number>()
  const closing = new AbortController()
  const turns = createTurns<StoredUpload>()
  let now: { readonly uploadId: string; readonly stop: AbortController } | null = null
  let working: Promise<void> | null = null

  async function run(upload: StoredUpload, signal: AbortSignal): Promise<void> {
    const { id, orgId } = upload
    if (closing.signal.aborted || (await store.upload(orgId, id))?.state !== 'unpacking') return
    const left: string[] = []
    try {
      const text = await textOf(upload)
      left.push(...archiveIn(text).chunks)
      const order: Order = {
        maxBytes,
        signal,
        read: readChunk,
        onProgress: (bytes) => progress.set(id, bytes),
      }
      const isDone = await makeTree(upload, text, order, left)
      if (!isDone) log.info({ upload: id }, 'an archive was unpacked that nobody wants any more')
    } catch (cause) {
      if (closing.signal.aborted) return
      const isTheirs = cause instanceof NearcadeError
      if (!isTheirs && !signal.aborted)
        log.error({ err: cause, upload: id }, 'an archive could not be unpacked')
      if (!signal.aborted)
        await store.refuse(id, isTheirs ? cause.toWire() : wireError('internal'), clock.now())
    }
    // The archive itself, which nothing needs any more, and what was unpacked in vain.
    await chunks.release(orgId, left, Number.MAX_SAFE_INTEGER)
    await chunks.drop([...left, upload.contentId])
  }

  /**
   * @param left is given the chunks that may be left over when it fails
   * @returns false: the upload is gone
   */
  async function makeTree(
    { id, orgId }: StoredUpload,
    archive: Buffer<ArrayBuffer>,
    order: Order,
    left: string[],
  ): Promise<boolean> {
    // Once through to the end without keeping a byte: what is refused leaves nothing behind, whenever it is found out.
    const content = await thread.treeOf(Buffer.from(archive), order)
    const { signal } = order
    const received = await receivedOf(store, orgId, content.chunks)
    const textCharge = chargeOf(content.text.length)
    await chunks.demandRoom(orgId, received.missingCharge + textCharge)
    // From now on no sweep takes what is unpacked before the tree is there to name it.
    const archiveNames = archiveIn(archive).chunks
    await store.needs(id, [...new Set(archiveNames), content.names].join(','), clock.now())
    if (received.missingCount > 0) {
      const missing = received.missing(Number.POSITIVE_INFINITY)
      left.push(...missing)
      await writeMissing(orgId, archive, missing, order)
    }
    signal.throwIfAborted()
    const isDone = await chunks.withBlob(orgId, content.id, content.text, () =>
      store.complete(id, 'unpacking', {
        treeId: content.id,
        chunks: content.names,
        atMs: clock.now(),
        textCharge,
      }),
    )
    if (!isDone) left.push(content.id)
    return isDone
  }

  async function writeMissing(
    orgId: string,
    archive: Buffer<ArrayBuffer>,
    missing: readonly string[],
    order: Order,
  ): Promise<void> {
    let batch: Frame[] = []
    let batchBytes = 0
    const write = async (): Promise<void> => {
      const frames = batch
      batch = []
      batchBytes = 0
      await chunks.bring(orgId, listed(frames))
    }
    const take = async (sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
      batch.push({ sha256, bytes })
      batchBytes += bytes.length
      if (batchBytes >= maxBatchBytes || batch.length === maxBatchChunks) await write()
    }
    await thread.unpack(Buffer.from(archive), missing.join(','), take, order)
    await write()
  }

  async function work(): Promise<void> {
    for (let upload = turns.next(); upload !== null; upload = turns.next()) {
      const { id } = upload
      const stop = new AbortController()
      now = { uploadId: id, stop }
      try {
        await run(upload, AbortSignal.any([stop.signal, closing.signal]))
      } catch (cause) {
        log.error({ err: cause, upload: id }, 'an archive could not be unpacked')
      } finally {
        now = null
        progress.delete(id)
      }
    }
  }
  const wake = (): void => {
    working ??= work().finally(() => {
      working = null
      if (turns.size > 0) wake()
    })
  }

  return {
    start(upload) {
      progress.set(upload.id, 0)
      turns.add(upload.orgId, upload)
      wake()
    },
    progress: (uploadId) => progress.get(uploadId) ?? null,
    async cancel(uploadId) {
      turns.remove(({ id }) => id === uploadId)
      progress.delete(uploadId)
      if (now?.uploadId === uploadId) now.stop.abort()
    },
    async close() {
      closing.abort()
      await working
    },
  }
}

async function* listed<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items
}
