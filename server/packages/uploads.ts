import { randomUUID } from 'node:crypto'
import { NearcadeError } from '../../config/errors.ts'
import { createFrameReader, type Frame, maxFrameBodyBytes } from '../../config/protocol/packageFrames.ts'
import { maxMissing, type NewUpload, type UploadView } from '../../config/protocol/uploads.ts'
import { type BlobStore, readBlob } from '../blobs/blobStore.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { PackageStore, StoredUpload } from '../store/packageStore.ts'
import { type Blocks, createBlocks } from './blocks.ts'
import type { Chunks } from './chunks.ts'
import { type Archive, contentOf, maxContentBytes, readContent } from './contents.ts'
import type { Unpacking } from './unpacking.ts'

/** Builds on their way here. Whoever calls has made sure that it may be done in the organisation. */
export interface Uploads {
  /**
   * The same content again is the same upload, whatever has become of it; one that was refused is begun anew.
   * @throws NearcadeError package-refused, over-quota, too-many-uploads, store-full
   */
  begin(orgId: string, ask: NewUpload): Promise<{ readonly view: UploadView; readonly isNew: boolean }>
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
  readonly unpacking: Unpacking
  readonly clock: Clock
  readonly log: Log
  /** Of one package. */
  readonly maxBytes: number
}

/** What is known of an upload that is being received, so that not each body has to look it up. */
interface Receiving {
  readonly sizes: ReadonlyMap<string, number>
  /** In the order of the content. */
  readonly missing: Map<string, number>
  missingBytes: number
}

/** Of one organisation. */
const maxOpen = 50
/** Uploads whose chunks are in memory: some 10 MB for the largest. */
const maxReceiving = 8
/** Of 1 MiB each, between two bodies. */
const maxFreeBlocks = 32

export function createUploads(context: UploadsContext): Uploads & {
  contentOf(upload: StoredUpload): Promise<Archive | null>
} {
  const { store, blobs, chunks, unpacking, clock, log, maxBytes } = context
  const receiving = new Map<string, Receiving>()
  const blocks = createBlocks(maxFreeBlocks)

  async function readAsked({ kind, contentId }: StoredUpload): Promise<NewUpload> {
    const blob = await blobs.get(contentId)
    if (blob === null) throw new Error(`the content ${contentId} of an upload is not there`)
    return readContent(kind, (await readBlob(blob, maxContentBytes)).toString())
  }

  async function lookUp(orgId: string, sizes: ReadonlyMap<string, number>): Promise<Receiving> {
    const had = await store.had(orgId, [...sizes.keys()])
    const missing = new Map<string, number>()
    let missingBytes = 0
    for (const [sha256, bytes] of sizes) {
      const hadBytes = had.get(sha256)
      if (hadBytes !== undefined && hadBytes !== bytes)
        throw new NearcadeError('package-refused', [
          `the chunk ${sha256} has ${hadBytes} bytes, not ${bytes}`,
        ])
      if (hadBytes !== undefined) continue
      missing.set(sha256, bytes)
      missingBytes += bytes
    }
    return { sizes, missing, missingBytes }
  }

  function remember(uploadId: string, state: Receiving): Receiving {
    receiving.delete(uploadId)
    receiving.set(uploadId, state)
    const [oldest] = receiving.keys()
    if (receiving.size > maxReceiving && oldest !== undefined) receiving.delete(oldest)
    return state
  }

  async function receivingOf(upload: StoredUpload): Promise<Receiving> {
    const known = receiving.get(upload.id)
    if (known !== undefined) return remember(upload.id, known)
    const { sizes } = contentOf(await readAsked(upload), maxBytes)
    return remember(upload.id, await lookUp(upload.orgId, sizes))
  }

  /** As the store has it now, whatever is remembered. */
  async function refreshed(upload: StoredUpload): Promise<Receiving> {
    const { sizes } = await receivingOf(upload)
    return remember(upload.id, await lookUp(upload.orgId, sizes))
  }

  async function viewOf(upload: StoredUpload): Promise<UploadView> {
    const { id: uploadId, state, totalBytes, error, treeId } = upload
    if (state === 'receiving') {
      const { missing, missingBytes } = await refreshed(upload)
      return { uploadId, state, missing: firstOf(missing.keys(), maxMissing), missingBytes, totalBytes }
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

  async function begin(orgId: string, ask: NewUpload): ReturnType<Uploads['begin']> {
    const { id: contentId, text, sizes, totalBytes } = contentOf(ask, maxBytes)
    const state = await lookUp(orgId, sizes)
    await chunks.demandRoom(orgId, state.missingBytes)
    const id = randomUUID()
    const asked = {
      id,
      orgId,
      contentId,
      kind: ask.kind,
      chunks: [...sizes.keys()],
      totalBytes,
      touchedAtMs: clock.now(),
    }
    const upload = await chunks.withBlob(contentId, text, () => store.begin(asked, maxOpen))
    if (upload === null) {
      await chunks.drop([contentId])
      throw new NearcadeError('too-many-uploads', [`${maxOpen} are open`])
    }
    if (upload.state === 'done' && !(await store.touchTree(orgId, upload.treeId ?? '', clock.now()))) {
      await store.remove(orgId, upload.id)
      return begin(orgId, ask)
    }
    if (upload.state === 'done') await chunks.drop([contentId])
    if (upload.id === id) log.info({ org: orgId, upload: id, bytes: totalBytes }, 'upload begun')
    return { view: await viewOf(upload), isNew: upload.id === id }
  }

  return {
    begin,
    async uploadOf(orgId, uploadId) {
      const upload = await store.upload(orgId, uploadId)
      return upload === null ? null : viewOf(upload)
    },
    async write(orgId, uploadId, body) {
      const upload = await find(orgId, uploadId)
      if (upload.state !== 'receiving') return 0
      const state = await receivingOf(upload)
      const frames = wanted(body, state, blocks)
      const came = await chunks
        .bring(orgId, frames, ({ bytes }) => blocks.give(bytes))
        .catch((cause: unknown) => {
          receiving.delete(uploadId)
          throw cause
        })
      for (const { sha256, bytes } of came) if (state.missing.delete(sha256)) state.missingBytes -= bytes
      return state.missingBytes
    },
    async finish(orgId, uploadId) {
      const upload = await find(orgId, uploadId)
      if (upload.state !== 'receiving') return viewOf(upload)
      const { sizes, missing, missingBytes } = await refreshed(upload)
      if (missing.size > 0)
        throw new NearcadeError('upload-incomplete', [
          `${missing.size} chunks of ${missingBytes} bytes are missing`,
        ])
      const atMs = clock.now()
      if (upload.kind === 'tree')
        await store.complete(uploadId, 'receiving', {
          treeId: upload.contentId,
          chunks: [...sizes.keys()],
          atMs,
        })
      else if (await store.move(uploadId, 'receiving', 'unpacking', atMs)) unpacking.start(upload)
      receiving.delete(uploadId)
      return viewOf(await find(orgId, uploadId))
    },
    async drop(orgId, uploadId) {
      const upload = await store.upload(orgId, uploadId)
      if (upload === null) return
      const left = upload.state === 'receiving' ? [...(await receivingOf(upload)).sizes.keys()] : []
      await store.remove(orgId, uploadId)
      receiving.delete(uploadId)
      await chunks.release(orgId, left, Number.MAX_SAFE_INTEGER)
      await chunks.drop([upload.contentId])
    },
    async contentOf(upload) {
      const asked = await readAsked(upload)
      return asked.kind === 'archive' ? asked : null
    },
  }
}

/** Those chunks of a body that are still missing. @throws NearcadeError wrong-content for any that the upload does not name */
async function* wanted(
  body: AsyncIterable<Uint8Array>,
  { sizes, missing }: Receiving,
  blocks: Blocks,
): AsyncIterable<Frame> {
  const reader = createFrameReader(maxFrameBodyBytes, blocks.take)
  for await (const part of body)
    for (const frame of reader.push(part)) {
      if (sizes.get(frame.sha256) !== frame.bytes.length)
        throw new NearcadeError('wrong-content', [
          `the upload names no chunk ${frame.sha256} of ${frame.bytes.length} bytes`,
        ])
      if (missing.has(frame.sha256)) yield frame
      else blocks.give(frame.bytes)
    }
  reader.end()
}

function firstOf<T>(items: Iterable<T>, most: number): T[] {
  const list: T[] = []
  for (const item of items) {
    if (list.length === most) break
    list.push(item)
  }
  return list
}
