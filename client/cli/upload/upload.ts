import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { packageChunkBytes, type PackageTree, treeBytes, treeText } from '../../../config/protocol/package.ts'
import type { NewUpload, UploadView } from '../../../config/protocol/uploads.ts'
import { Fault } from '../fault.ts'
import { type Patience, patiently } from '../patience.ts'
import { chunkPlaces } from './chunkPlan.ts'
import type { HashCache } from './hashCache.ts'
import { hashFiles } from './hashPool.ts'
import type { Build, BuildFile } from './listBuild.ts'
import { sendMissing } from './sendMissing.ts'
import type { UploadApi } from './uploadApi.ts'

/** What is being done, and how much of it. */
export interface UploadProgress {
  readonly step: 'read' | 'send' | 'unpack'
  readonly doneBytes: number
  /** Null: nobody knows. */
  readonly totalBytes: number | null
}

export interface UploadTools {
  readonly api: UploadApi
  readonly patience: Patience
  /** Null: everything is read. */
  readonly cache: HashCache | null
  readonly threads: number
  readonly lanes: number
  onProgress(progress: UploadProgress): void
  /** What has come so far is kept from here on; the same content again goes on with it. */
  onBegun?(uploadId: string): void
}

export interface Uploaded {
  readonly uploadId: string
  readonly treeId: string
  readonly sentBytes: number
  /** Of the content, each chunk once. */
  readonly totalBytes: number
  /** That were read from the disk to be hashed. */
  readonly readBytes: number
}

/** Brings a folder to the router: what it has of it is not sent. @throws Fault; the signal's reason */
export async function uploadFolder(build: Build, tools: UploadTools): Promise<Uploaded> {
  const once = async (): Promise<Uploaded> => {
    const { chunks, readBytes } = await hashBuild(build, tools)
    const tree: PackageTree = {
      files: build.files.map(({ path: at, size, executable }, index) => ({
        path: at,
        size,
        executable,
        chunks: [...(chunks[index] ?? [])],
      })),
      links: [...build.links],
    }
    const files = build.files.map((file) => path.join(build.root, file.path))
    const content: NewUpload = { kind: 'tree', tree }
    const uploaded = await bring(content, tree.files, files, tools)
    const treeId = createHash('sha256').update(treeText(tree)).digest('hex')
    if (uploaded.treeId !== treeId) throw otherTree(uploaded.treeId, treeId)
    return { ...uploaded, readBytes }
  }
  try {
    return await once()
  } catch (failure) {
    // A file that changed and looks the same: once more, believing nothing.
    if (!(failure instanceof Fault) || failure.code !== 'wrong-content' || tools.cache === null) throw failure
    tools.cache.clear()
    return once()
  }
}

/** Brings an archive as it is; the router unpacks it. */
export async function uploadArchive(file: string, tools: UploadTools): Promise<Uploaded> {
  const { size, mtimeNs } = await stat(file, { bigint: true })
  const totalBytes = Number(size)
  let doneBytes = 0
  const [chunks = []] = await hashFiles([{ file, size: totalBytes, mtimeNs }], {
    blockBytes: packageChunkBytes,
    threads: tools.threads,
    signal: tools.patience.signal,
    onBytes(bytes) {
      doneBytes += bytes
      tools.onProgress({ step: 'read', doneBytes, totalBytes })
    },
  })
  const content: NewUpload = { kind: 'archive', name: path.basename(file), size: totalBytes, chunks }
  return { ...(await bring(content, [{ size: totalBytes, chunks }], [file], tools)), readBytes: totalBytes }
}

/** The chunks of each file; what the cache knows is not read. */
async function hashBuild(
  build: Build,
  { cache, threads, patience, onProgress }: UploadTools,
): Promise<{ chunks: readonly (readonly string[])[]; readBytes: number }> {
  const known = build.files.map((file) => cache?.find(file) ?? null)
  const toRead = build.files.flatMap((file, index) => (known[index] === null ? [{ file, index }] : []))
  const totalBytes = treeBytes({ files: toRead.map(({ file }) => ({ ...file, chunks: [] })) })
  let doneBytes = 0
  if (totalBytes > 0) onProgress({ step: 'read', doneBytes, totalBytes })
  const hashed = await hashFiles(
    toRead.map(({ file: { path: at, size, mtimeNs } }) => ({
      file: path.join(build.root, at),
      size,
      mtimeNs,
    })),
    {
      blockBytes: packageChunkBytes,
      threads,
      signal: patience.signal,
      onBytes(bytes) {
        doneBytes += bytes
        onProgress({ step: 'read', doneBytes, totalBytes })
      },
    },
  )
  const chunks: (readonly string[])[] = known.map((own) => own ?? [])
  for (const [at, { index }] of toRead.entries()) chunks[index] = hashed[at] ?? []
  const entries = build.files.map((file, index): [BuildFile, readonly string[]] => [
    file,
    chunks[index] ?? [],
  ])
  if (toRead.length > 0) await cache?.keep(entries)
  return { chunks, readBytes: totalBytes }
}

async function bring(
  content: NewUpload,
  parts: readonly { readonly size: number; readonly chunks: readonly string[] }[],
  files: readonly string[],
  { api, patience, lanes, onProgress, onBegun }: UploadTools,
): Promise<Omit<Uploaded, 'readBytes'>> {
  const { signal } = patience
  const begun = await patiently(() => api.begin(content, signal), patience)
  onBegun?.(begun.uploadId)
  const { uploadId, totalBytes } = begun
  let doneBytes = totalBytes - begun.missingBytes
  let sentBytes = 0
  const tell = (): void =>
    onProgress({ step: 'send', doneBytes: Math.min(doneBytes, totalBytes), totalBytes })
  tell()
  const sent = await sendMissing(begun, {
    api,
    places: chunkPlaces(parts),
    files,
    patience,
    lanes,
    sent(bytes) {
      sentBytes += bytes
      doneBytes += bytes
      tell()
    },
  })
  const whole = await finished(sent, { api, patience, onProgress })
  return { uploadId, treeId: whole.treeId ?? '', sentBytes, totalBytes }
}

const firstPollMs = 100
const slowestPollMs = 2000

async function finished(
  view: UploadView,
  { api, patience, onProgress }: Pick<UploadTools, 'api' | 'patience' | 'onProgress'>,
): Promise<UploadView> {
  const { signal, wait } = patience
  let now = view
  if (now.state === 'receiving') now = await patiently(() => api.finish(view.uploadId, signal), patience)
  for (let pollMs = firstPollMs; now.state === 'unpacking'; pollMs = Math.min(slowestPollMs, pollMs * 1.5)) {
    onProgress({ step: 'unpack', doneBytes: now.unpackedBytes ?? 0, totalBytes: null })
    await wait(pollMs, signal)
    now = await patiently(() => api.view(view.uploadId, signal), patience)
  }
  if (now.state === 'refused' && now.error !== undefined) throw new Fault('refused', now.error)
  if (now.state !== 'done')
    throw new Fault('refused', {
      code: 'upload-incomplete',
      what: `The upload ended as ${now.state}.`,
      next: 'Push again: what has come already is not sent again.',
    })
  return now
}

const otherTree = (theirs: string, ours: string): Fault =>
  new Fault('refused', {
    code: 'wrong-content',
    what: 'The router has made another build of these files.',
    next: 'Push again; if it stays, report it.',
    details: [`its tree is ${theirs}, ours is ${ours}`],
  })
