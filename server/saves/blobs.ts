import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { NearcadeError } from '../../config/errors.ts'

/** Bytes by their SHA-256 (64 hex digits). Whoever asks for a hash gets those very bytes or nothing. */
export interface BlobStore {
  /**
   * Keeps the bytes, durably once it resolves. What is there already counts as put now.
   * @throws NearcadeError message-too-large beyond `maxBytes`; saves-refused when the bytes have another hash; saves-full when the disk is.
   *   Then nothing is kept.
   */
  put(sha256: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<void>
  get(sha256: string): Promise<Blob | null>
  has(sha256: string): Promise<boolean>
  /** Nothing happens where there is none. */
  delete(sha256: string): Promise<void>
  /** Those that were last put before then. */
  putBefore(atMs: number): AsyncIterable<string>
  /** Of the disk, as far as this program may fill it. */
  freeBytes(): Promise<number>
}

export interface Blob {
  readonly size: number
  readonly bytes: AsyncIterable<Uint8Array>
}

/** `ab/abcdef…` under the folder; what is being written is in `tmp`. */
export async function openBlobFolder(folder: string): Promise<BlobStore> {
  const drafts = path.join(folder, 'tmp')
  // Of a router that was killed.
  await rm(drafts, { recursive: true, force: true })
  await mkdir(drafts, { recursive: true, mode: 0o700 })
  const fileOf = (sha256: string): string => path.join(folder, sha256.slice(0, 2), sha256)

  return {
    async put(sha256, bytes, maxBytes) {
      const draft = path.join(drafts, randomUUID())
      try {
        await write(draft, sha256, bytes, maxBytes)
        const file = fileOf(sha256)
        const shelf = path.dirname(file)
        await mkdir(shelf, { recursive: true, mode: 0o700 })
        await rename(draft, file)
        await sync(shelf)
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException
        throw code === 'ENOSPC' || code === 'EDQUOT' ? new NearcadeError('saves-full', [], cause) : cause
      } finally {
        await rm(draft, { force: true })
      }
    },
    async get(sha256) {
      const size = await sizeOf(fileOf(sha256))
      return size === null ? null : { size, bytes: createReadStream(fileOf(sha256)) }
    },
    async has(sha256) {
      return (await sizeOf(fileOf(sha256))) !== null
    },
    delete: (sha256) => rm(fileOf(sha256), { force: true }),
    async *putBefore(atMs) {
      for (const shelf of await readdir(folder)) {
        if (!/^[0-9a-f]{2}$/.test(shelf)) continue
        for (const name of await readdir(path.join(folder, shelf))) {
          if (!/^[0-9a-f]{64}$/.test(name)) continue
          const found = await stat(path.join(folder, shelf, name)).catch(() => null)
          if (found !== null && found.mtimeMs < atMs) yield name
        }
      }
    },
    async freeBytes() {
      const { bavail, bsize } = await statfs(folder)
      return bavail * bsize
    },
  }
}

async function write(
  draft: string,
  sha256: string,
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<void> {
  const hash = createHash('sha256')
  let size = 0
  const file = await open(draft, 'wx', 0o600)
  try {
    for await (const part of bytes) {
      size += part.length
      if (size > maxBytes) throw new NearcadeError('message-too-large', [`more than ${maxBytes} bytes`])
      hash.update(part)
      await file.write(part)
    }
    if (hash.digest('hex') !== sha256)
      throw new NearcadeError('saves-refused', ['the bytes have another hash'])
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A new name in a folder outlives a loss of power only after this. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw cause
  }
}
