import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { NearcadeError } from '../../config/errors.ts'
import { packageChunkBytes } from '../../config/protocol/package.ts'
import type { PackageTree } from '../../config/protocol/package.ts'
import { maxTrailerBytes } from '../../config/protocol/titleMedia.ts'
import { type Blob, type BlobStore, readBlob } from '../blobs/blobStore.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { MadeFile, MediaStore, SettledWork, WaitingWork, WorkKey } from '../store/mediaStore.ts'
import type { Ffmpeg } from './ffmpeg.ts'
import type { Shelf } from './shelf.ts'
import { type Made, transcode, type Transcoded } from './transcode.ts'

/** Makes what titles show, one file at a time, organisations in turn. */
export interface Works {
  /** There is something to do. */
  kick(): void
  /** Stops a work that nobody wants any more. */
  stopUnwanted(): Promise<void>
  /** What it makes now. */
  current(): WorkKey | null
  /** There is no ffmpeg that works. */
  isUnable(): boolean
  /** Once there is nothing more to do. */
  idle(): Promise<void>
  close(): Promise<void>
}

export interface WorksContext {
  readonly store: MediaStore
  readonly blobs: BlobStore
  readonly shelf: Shelf
  readonly packages: PackageFiles
  /** Of its own; what is in it goes. */
  readonly folder: string
  openFfmpeg(signal: AbortSignal): Promise<Ffmpeg | null>
  /** What these titles show is another than before. */
  done(titleIds: readonly string[]): Promise<void>
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly log: Log
}

/** Files of packages. */
export interface PackageFiles {
  /** Its files of these paths. */
  treePart(treeId: string, paths: readonly string[]): Promise<{ readonly tree: PackageTree } | null>
  readChunk(sha256: string): Promise<Blob | null>
}

/** A work that failed for a reason of ours is tried again after that. */
const againMs = 60_000

export function createWorks(context: WorksContext): Works {
  const { store, blobs, shelf, packages, clock, log } = context
  const stop = new AbortController()
  /** Those that failed for a reason of ours, until when they rest. */
  const resting = new Map<string, number>()
  /** By organisation: when something of it was made last. */
  const served = new Map<string, number>()
  let tool: Promise<Ffmpeg | null> | null = null
  let isUnable = false
  let running: Promise<void> | null = null
  let again = false
  let current: { readonly work: WorkKey; readonly stop: AbortController } | null = null
  let cancelRest = (): void => {}

  const nameOf = ({ key, form }: WorkKey): string => `${key} ${form}`

  async function next(): Promise<WaitingWork | null> {
    const nowMs = clock.now()
    const able = (await store.waiting()).filter((work) => (resting.get(nameOf(work)) ?? 0) <= nowMs)
    let chosen: WaitingWork | null = null
    for (const work of able)
      if (chosen === null || (served.get(work.orgId) ?? 0) < (served.get(chosen.orgId) ?? 0)) chosen = work
    return chosen
  }

  async function loop(): Promise<void> {
    for (;;) {
      again = false
      const work = stop.signal.aborted ? null : await next()
      if (work === null) {
        if (again && !stop.signal.aborted) continue
        return
      }
      tool ??= context.openFfmpeg(stop.signal)
      const ffmpeg = await tool
      isUnable = ffmpeg === null
      if (ffmpeg === null) return
      served.set(work.orgId, clock.now())
      await make(work, ffmpeg)
    }
  }

  async function make(work: WaitingWork, ffmpeg: Ffmpeg): Promise<void> {
    const folder = path.join(context.folder, randomUUID())
    const own = new AbortController()
    const signal = AbortSignal.any([stop.signal, own.signal])
    current = { work, stop: own }
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await fetchInto(path.join(folder, 'brought'), work, signal)
      const job = { folder, file: 'brought', form: work.form, signal }
      await settle(work, folder, await transcode(ffmpeg, job))
      log.info({ form: work.form, org: work.orgId }, 'a file of a title can be shown')
    } catch (cause) {
      if (signal.aborted) return
      await fail(work, cause)
    } finally {
      current = null
      await rm(folder, { recursive: true, force: true })
    }
  }

  async function fail(work: WaitingWork, cause: unknown): Promise<void> {
    if (cause instanceof NearcadeError && cause.code.startsWith('media-')) {
      await tell(work, { kind: 'refused', code: cause.code, details: cause.details }, [])
      return
    }
    log.error({ err: cause, form: work.form }, 'a file of a title could not be made ready')
    resting.set(nameOf(work), clock.now() + againMs)
    cancelRest()
    cancelRest = clock.after(againMs, () => kick())
  }

  async function tell(work: WorkKey, state: SettledWork, blobsOfIt: readonly string[]): Promise<void> {
    resting.delete(nameOf(work))
    if (await store.settle(work, state, blobsOfIt)) await context.done(await store.titlesOf(work))
  }

  async function settle(work: WaitingWork, folder: string, made: Transcoded): Promise<void> {
    const files: { readonly made: Made; readonly sha256: string }[] = []
    const all = made.kind === 'picture' ? made.files : [made.file, ...made.poster]
    for (const one of all) files.push({ made: one, sha256: await hashOf(path.join(folder, one.file)) })
    const named = ({ file, type, widthPx, heightPx }: Made): MadeFile => {
      const sha256 = files.find((one) => one.made.file === file)?.sha256 ?? ''
      return { sha256, type, widthPx, heightPx }
    }
    const state: SettledWork =
      made.kind === 'picture'
        ? { kind: 'picture', files: made.files.map(named) }
        : {
            kind: 'trailer',
            file: named(made.file),
            seconds: made.seconds,
            poster: made.poster.map(named),
          }
    const hashes = [...new Set(files.map(({ sha256 }) => sha256))]
    await shelf.bring(
      hashes,
      async () => {
        for (const { made: one, sha256 } of files)
          await blobs.put(sha256, createReadStream(path.join(folder, one.file)), maxTrailerBytes)
      },
      () => tell(work, state, hashes),
    )
  }

  async function fetchInto(file: string, work: WaitingWork, signal: AbortSignal): Promise<void> {
    await pipeline(Readable.from(bytesOf(work)), createWriteStream(file, { mode: 0o600 }), { signal })
  }

  async function* bytesOf({ source, key, treeId, path: at }: WaitingWork): AsyncIterable<Uint8Array> {
    if (source === 'upload') {
      const blob = await blobs.get(key)
      if (blob === null) throw new Error(`the blob ${key} is not there`)
      yield* blob.bytes
      return
    }
    const part = treeId === null ? null : await packages.treePart(treeId, [at])
    const file = part?.tree.files.find((one) => one.path === at)
    if (file === undefined) throw new Error(`the package ${treeId} has no file ${at}`)
    if (file.size > maxTrailerBytes) throw new NearcadeError('media-too-large', [`it has ${file.size} bytes`])
    for (const sha256 of file.chunks) {
      const chunk = await packages.readChunk(sha256)
      if (chunk === null) throw new Error(`the chunk ${sha256} is not there`)
      yield await readBlob(chunk, packageChunkBytes)
    }
  }

  function kick(): void {
    again = true
    if (running !== null || stop.signal.aborted) return
    running = loop()
      .catch((cause: unknown) => {
        if (!stop.signal.aborted) log.error({ err: cause }, 'what titles show could not be made ready')
      })
      .finally(() => {
        running = null
        if (again && !isUnable) kick()
      })
  }

  return {
    kick,
    async stopUnwanted() {
      const at = current
      if (at !== null && (await store.titlesOf(at.work)).length === 0) at.stop.abort()
    },
    current: () => current?.work ?? null,
    isUnable: () => isUnable,
    async idle() {
      while (running !== null) await running
    },
    async close() {
      stop.abort()
      cancelRest()
      await running
      await rm(context.folder, { recursive: true, force: true })
    },
  }
}

async function hashOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
}
