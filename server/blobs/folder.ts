import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { NearcadeError } from '../../config/errors.ts'
import type { BlobStore } from './blobStore.ts'

/** `ab/abcdef…` under the folder; what is being written is in `tmp`. */
export async function openBlobFolder(folder: string): Promise<BlobStore> {
  const drafts = path.join(folder, 'tmp')
  // Of a router that was killed.
  await rm(drafts, { recursive: true, force: true })
  await mkdir(drafts, { recursive: true, mode: 0o700 })
  const shelfOf = (sha256: string): string => path.join(folder, sha256.slice(0, 2))
  const fileOf = (sha256: string): string => path.join(shelfOf(sha256), sha256)
  const syncShelf = syncTogether()

  return {
    async put(sha256, bytes, maxBytes) {
      const draft = path.join(drafts, randomUUID())
      try {
        await write(draft, sha256, bytes, maxBytes)
        const shelf = shelfOf(sha256)
        await rename(draft, fileOf(sha256)).catch(async (cause: NodeJS.ErrnoException) => {
          if (cause.code !== 'ENOENT') throw cause
          await mkdir(shelf, { recursive: true, mode: 0o700 })
          await rename(draft, fileOf(sha256))
        })
        await syncShelf(shelf)
      } catch (cause) {
        await rm(draft, { force: true })
        const { code } = cause as NodeJS.ErrnoException
        throw code === 'ENOSPC' || code === 'EDQUOT' ? new NearcadeError('store-full', [], cause) : cause
      }
    },
    async get(sha256, range) {
      const size = await sizeOf(fileOf(sha256))
      if (size === null) return null
      const bytes = createReadStream(fileOf(sha256), { ...range, highWaterMark: readBytes })
      return { size, bytes }
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
    async room() {
      const { bavail, blocks, bsize, ffree, files } = await statfs(folder)
      return {
        freeBytes: bavail * bsize,
        totalBytes: blocks * bsize,
        freeFiles: ffree,
        totalFiles: files,
      }
    },
  }
}

const readBytes = 256 * 1024

async function write(
  draft: string,
  sha256: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
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
      throw new NearcadeError('wrong-content', ['the bytes have another hash'])
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** A new name in a folder outlives a loss of power only after this. Who comes while it is being done shares the next time. */
function syncTogether(): (folder: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<void>>()
  function start(folder: string): Promise<void> {
    const run = sync(folder).finally(() => {
      if (running.get(folder) === run) running.delete(folder)
    })
    running.set(folder, run)
    return run
  }
  return (folder) => {
    const now = running.get(folder)
    if (now === undefined) return start(folder)
    const next =
      waiting.get(folder) ??
      now
        .catch(() => {})
        .then(() => {
          waiting.delete(folder)
          return start(folder)
        })
    waiting.set(folder, next)
    return next
  }
}

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
