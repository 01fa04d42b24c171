import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { chunkBytes, maxSaveFiles, type SaveFile } from '../../config/protocol/saves.ts'
import { looksLike } from './compare.ts'
import { type FoundFile, listHome } from './listHome.ts'
import { openInside } from './openInside.ts'

/** A file as it was read, and when. */
export interface ReadFile {
  readonly file: SaveFile
  readonly readAtMs: number
}

export type HomeRead =
  | {
      readonly kind: 'read'
      readonly files: ReadonlyMap<string, ReadFile>
      /** Nothing changed while it was read. */
      readonly isSteady: boolean
    }
  | { readonly kind: 'tooMuch'; readonly bytes: number; readonly files: number }
  /** There is no home. */
  | { readonly kind: 'none' }

export interface ReadOptions {
  readonly maxBytes: number
  /** Files as they were last read: what looks the same is not read again. */
  readonly before: ReadonlyMap<string, ReadFile>
  /** Chunks that need not be copied. */
  readonly isThere: (sha256: string) => boolean
  /** Where chunks are copied to, each under its hash: what is sent must be what was read, whatever the game does meanwhile. */
  readonly spool: string
  readonly nowMs: () => number
  /** What the title means by its saves; all if absent. */
  readonly isSave?: (path: string) => boolean
}

/** Readings of what changes under our eyes, before a file is taken as it was before, and a home as it is. */
const attempts = 3
/** A file that was written this shortly before it was read may have been written again within the same tick of its clock. */
const sureAfterMs = 1000

/**
 * Reads what has changed in a home. A game may be running in it: when files changed or came and went meanwhile, it is read again, because
 * databases are several files that belong together.
 */
export async function readHome(folder: string, options: ReadOptions): Promise<HomeRead> {
  for (let attempt = 1, { before } = options; ; attempt += 1) {
    const home = await readThrough(folder, { ...options, before })
    if (home.kind !== 'read' || home.isSteady || attempt === attempts) return home
    before = home.files
  }
}

async function readThrough(folder: string, options: ReadOptions): Promise<HomeRead> {
  const root = await realpath(folder).catch(() => null)
  const list = root === null ? null : await listHome(root, options.maxBytes, options.isSave)
  if (root === null || list === null) return { kind: 'none' }
  if (list.isTooMuch) return { kind: 'tooMuch', bytes: list.bytes, files: list.files.length }
  await mkdir(options.spool, { recursive: true, mode: 0o700 })
  const files = new Map<string, ReadFile>()
  let bytes = 0
  for (const found of list.files) {
    const before = options.before.get(found.path)
    const isSame =
      before !== undefined &&
      looksLike(found, before.file) &&
      before.file.mtimeMs + sureAfterMs < before.readAtMs
    const read = isSame
      ? { ...before, file: { ...before.file, mode: found.mode } }
      : ((await readSteady(root, found, options)) ?? before)
    if (read === undefined) continue
    files.set(found.path, read)
    bytes += read.file.size
  }
  if (bytes > options.maxBytes || files.size > maxSaveFiles)
    return { kind: 'tooMuch', bytes, files: files.size }
  const after = await listHome(root, options.maxBytes, options.isSave)
  return { kind: 'read', files, isSteady: isDeepStrictEqual(after?.files, list.files) }
}

/** Null: it is gone, or will not hold still. */
async function readSteady(root: string, { path }: FoundFile, options: ReadOptions): Promise<ReadFile | null> {
  for (let attempt = 1; ; attempt += 1) {
    const handle = await openInside(root, path)
    if (handle === null) return null
    try {
      const read = await readOnce(handle, path, options)
      if (read.isSteady) return read
      // Of a file that never rests, something is better than nothing.
      if (attempt === attempts) return options.before.has(path) ? null : read
    } finally {
      await handle.close()
    }
  }
}

async function readOnce(
  handle: FileHandle,
  path: string,
  { isThere, spool, nowMs, maxBytes }: ReadOptions,
): Promise<ReadFile & { readonly isSteady: boolean }> {
  const readAtMs = nowMs()
  const before = await handle.stat({ bigint: true })
  const chunks: string[] = []
  let size = 0
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Number(before.size) + 1))
  for (;;) {
    const filled = await fill(handle, buffer, size)
    if (filled > 0) {
      const bytes = buffer.subarray(0, filled)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      if (!isThere(sha256)) await writeFile(join(spool, sha256), bytes, { mode: 0o600 })
      chunks.push(sha256)
      size += filled
    }
    // A buffer that is not a whole chunk is larger than the file was: full means that it has grown.
    if (filled < buffer.length || buffer.length < chunkBytes || size > maxBytes) break
  }
  const after = await handle.stat({ bigint: true })
  const isSteady =
    after.size === BigInt(size) && after.size === before.size && after.mtimeNs === before.mtimeNs
  const mtimeMs = Math.max(0, Number(after.mtimeNs / 1_000_000n))
  return {
    file: { path, mode: Number(after.mode) & 0o777, size, mtimeMs, chunks },
    readAtMs,
    isSteady,
  }
}

async function fill(handle: FileHandle, buffer: Buffer, from: number): Promise<number> {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}
