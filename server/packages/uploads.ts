import { randomUUID } from 'node:crypto'
import { NearcadeError } from '../../config/errors.ts'
import { createFrameReader, type Frame, maxFrameBodyBytes } from '../../config/protocol/packageFrames.ts'
import { maxMissing, type UploadView } from '../../config/protocol/uploads.ts'
import { type BlobStore, readBlob } from '../blobs/blobStore.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { PackageStore, StoredUpload } from '../store/packageStore.ts'
import { type Blocks, createBlocks } from './blocks.ts'
import { chargeOf } from './charge.ts'
import type { Chunks } from './chunks.ts'
import { maxContentBytes } from './contents.ts'
import { type Received, receivedOf } from './received.ts'
import type { ContentThread } from './thread/openThread.ts'
import type { Unpacking } from './unpacking.ts'

/** Builds on their way here. Whoever calls has made sure that it may be done in the organisation. */
export interface Uploads {
  /**
   * The same content again is the same upload, whatever has become of it; one that was refused is begun anew.
   * @param body a `NewUpload` as JSON, which is not the caller's any more
   * @throws NearcadeError bad-request, package-refused, over-quota, too-many-uploads, store-full
   */
  begin(
    orgId: string,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<{ readonly view: UploadView; readonly isNew: boolean }>
  uploadOf(orgId: string, uploadId: string): Promise<UploadView | null>
  /**
   * Takes chunks, as `packageFrames.ts` has them; those that came before a failure are kept.
   * @returns bytes that are still missing
   * @throws NearcadeError upload-not-found; wrong-content: a chunk that the upload does not name, or other bytes; over-quota, store-full
   */
  write(orgId: string, uploadId: string, body: AsyncIterable<Uint8Array>): Promise<number>
  /** Ends it, or begins to unpack it. @throws NearcadeError upload-not-found, upload-incomplete */
  finish(orgId: string, uploadId: string): Promise<UploadView>
  /** Nothing happens where there is none. */
  drop(orgId: string, uploadId: string): Promise<void>
}

export interface UploadsContext {
  readonly store: PackageStore
  readonly blobs: BlobStore
  readonly chunks: Chunks
  readonly thread: Pick<ContentThread, 'read' | 'chunks'>
  readonly unpacking: Unpacking
  readonly clock: Clock
  readonly log: Log
  /** Of one package. */
  readonly maxBytes: number
}

/** What is known of an upload that is being received, so that not each body has to look it up. */
interface Receiving {
  readonly orgId: string
  readonly received: Received
  touchedAtMs: number
}

/** Of one organisation. */
const maxOpen = 50
/** Chunks of uploads whose state is in memory, some 50 bytes each. */
const maxKnownChunks = 2_000_000
/** Of 1 MiB each, between two bodies. */
const maxFreeBlocks = 32
/** Between two notes in the store that chunks still come. */
const touchEveryMs = 3_600_000

export function createUploads(context: UploadsContext): Uploads & {
  textOf(upload: StoredUpload): Promise<Buffer<ArrayBuffer>>
  /** Some may be gone: each is looked up anew. */
  forgetAll(): void
} {
  const { store, blobs, chunks, thread, unpacking, clock, log, maxBytes } = context
  const receiving = new Map<string, Receiving>()
  const blocks = createBlocks(maxFreeBlocks)

  async function textOf({ contentId }: StoredUpload): Promise<Buffer<ArrayBuffer>> {
    const blob = await blobs.get(contentId)
    if (blob === null) throw new Error(`the content ${contentId} of an upload is not there`)
    return readBlob(blob, maxContentBytes)
  }

  function remember(uploadId: string, state: Receiving): Receiving {
    receiving.delete(uploadId)
    receiving.set(uploadId, state)
    let known = 0
    for (const { received } of receiving.values()) known += received.chunks.length
    for (const [oldest, { received }] of receiving) {
      if (known <= maxKnownChunks || receiving.size === 1) break
      receiving.delete(oldest)
      known -= received.chunks.length
    }
    return state
  }

  async function receivingOf(upload: StoredUpload): Promise<Receiving> {
    const known = receiving.get(upload.id)
    if (known !== undefined) return remember(upload.id, known)
    const list = await thread.chunks(upload.kind, await textOf(upload))
    const received = await receivedOf(store, upload.orgId, list)
    return remember(upload.id, { orgId: upload.orgId, received, touchedAtMs: upload.touchedAtMs })
  }

  /** The first that are missing. Those that came with another upload of the organisation are not. */
  async function missingOf({ id, orgId }: StoredUpload, { received }: Receiving): Promise<string[]> {
    for (;;) {
      const missing = received.missing(maxMissing)
      const had = await store.had(orgId, missing)
      if (had.size === 0) return missing
      for (const sha256 of had.keys()) received.came(sha256)
      if (!receiving.has(id)) return received.missing(maxMissing)
    }
  }

  async function viewOf(upload: StoredUpload): Promise<UploadView> {
    const { id: uploadId, state, totalBytes, error, treeId } = upload
    if (state === 'receiving') {
      const known = await receivingOf(upload)
      const missing = await missingOf(upload, known)
      return { uploadId, state, missing, missingBytes: known.received.missingBytes, totalBytes }
    }
    const unpackedBytes = unpacking.progress(uploadId)
    return {
      uploadId,
      state,
      missing: [],
      missingBytes: 0,
      totalBytes,
      ...(state === 'unpacking' && unpackedBytes !== null ? { unpackedBytes } : {}),
      ...(error === null ? {} : { error: { ...error, details: [...(error.details ?? [])] } }),
      ...(treeId === null ? {} : { treeId }),
    }
  }

  async function find(orgId: string, uploadId: string): Promise<StoredUpload> {
    const upload = await store.upload(orgId, uploadId)
    if (upload === null) throw new NearcadeError('upload-not-found')
    return upload
  }

  async function begin(orgId: string, body: Uint8Array<ArrayBuffer>): ReturnType<Uploads['begin']> {
    const content = await thread.read(body, maxBytes)
    const { id: contentId, kind, text } = content
    const before = await receivedOf(store, orgId, content.chunks)
    const textCharge = chargeOf(text.length)
    await chunks.demandRoom(orgId, before.missingCharge + textCharge)
    const touchedAtMs = clock.now()
    const { totalBytes } = content.chunks
    const asked = { orgId, contentId, kind, chunks: content.names, totalBytes, touchedAtMs, textCharge }

    for (;;) {
      const id = randomUUID()
      const upload = await chunks.withBlob(orgId, contentId, text, () =>
        store.begin({ id, ...asked }, maxOpen),
      )
      if (upload === null) {
        await chunks.drop([contentId])
        throw new NearcadeError('too-many-uploads', [`${maxOpen} are open`])
      }
      if (upload.state === 'done' && !(await store.touchTree(orgId, upload.treeId ?? '', clock.now()))) {
        await store.remove(orgId, upload.id)
        continue
      }
      if (upload.state === 'done') await chunks.drop([contentId])
      if (upload.id === id) {
        log.info({ org: orgId, upload: id, bytes: totalBytes }, 'upload begun')
        // Once more: from here on nothing takes away what it names.
        const received = await receivedOf(store, orgId, content.chunks)
        remember(id, { orgId, received, touchedAtMs })
      }
      return { view: await viewOf(upload), isNew: upload.id === id }
    }
  }

  return {
    begin,
    async uploadOf(orgId, uploadId) {
      const upload = await store.upload(orgId, uploadId)
      return upload === null ? null : viewOf(upload)
    },
    async write(orgId, uploadId, body) {
      // Whatever ends it forgets it: what is known here is being received still.
      let state = receiving.get(uploadId)
      if (state?.orgId !== orgId) {
        const upload = await find(orgId, uploadId)
        if (upload.state !== 'receiving') return 0
        state = await receivingOf(upload)
      }
      const { received } = state
      if (clock.now() - state.touchedAtMs >= touchEveryMs) {
        state.touchedAtMs = clock.now()
        await store.touch(uploadId, state.touchedAtMs)
      }
      const came = await chunks
        .bring(orgId, wanted(body, received, blocks), ({ bytes }) => blocks.give(bytes))
        .catch((cause: unknown) => {
          receiving.delete(uploadId)
          throw cause
        })
      for (const { sha256 } of came) received.came(sha256)
      return received.missingBytes
    },
    async finish(orgId, uploadId) {
      const upload = await find(orgId, uploadId)
      if (upload.state !== 'receiving') return viewOf(upload)
      const known = await receivingOf(upload)
      const received = await receivedOf(store, orgId, known.received.chunks)
      remember(uploadId, { ...known, received })
      if (received.missingCount > 0)
        throw new NearcadeError('upload-incomplete', [
          `${received.missingCount} chunks of ${received.missingBytes} bytes are missing`,
        ])
      const atMs = clock.now()
      const { contentId: treeId, textCharge } = upload
      if (upload.kind === 'tree')
        await store.complete(uploadId, 'receiving', { treeId, chunks: null, atMs, textCharge })
      else if (await store.move(uploadId, 'receiving', 'unpacking', atMs)) unpacking.start(upload)
      receiving.delete(uploadId)
      return viewOf(await find(orgId, uploadId))
    },
    async drop(orgId, uploadId) {
      const upload = await store.upload(orgId, uploadId)
      if (upload === null) return
      const isOpen = upload.state === 'receiving' || upload.state === 'unpacking'
      const left = isOpen ? (await receivingOf(upload)).received.chunks.hashes() : []
      await store.remove(orgId, uploadId)
      receiving.delete(uploadId)
      await unpacking.cancel(uploadId)
      await chunks.release(orgId, left, Number.MAX_SAFE_INTEGER)
      await chunks.drop([upload.contentId])
    },
    textOf,
    forgetAll: () => receiving.clear(),
  }
}

/** Those chunks of a body that are still missing. @throws NearcadeError wrong-content for any that the upload does not name */
async function* wanted(
  body: AsyncIterable<Uint8Array>,
  received: Received,
  blocks: Blocks,
): AsyncIterable<Frame> {
  const { chunks } = received
  const reader = createFrameReader(maxFrameBodyBytes, blocks.take)
  for await (const part of body)
    for (const frame of reader.push(part)) {
      const index = chunks.find(frame.sha256)
      if (index < 0 || chunks.bytesAt(index) !== frame.bytes.length)
        throw new NearcadeError('wrong-content', [
          `the upload names no chunk ${frame.sha256} of ${frame.bytes.length} bytes`,
        ])
      if (received.isMissing(index)) yield frame
      else blocks.give(frame.bytes)
    }
  reader.end()
}
