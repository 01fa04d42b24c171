import { chmod, type FileHandle, mkdir, open, readdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { chunkBytesAt, packageChunkBytes } from '../../config/protocol/package.ts'
import { inLanes } from '../saves/lanes.ts'
import { type Layout, modeOf, mtimeSOf, type StoredFile } from './layout.ts'
import { createOpenFiles } from './openFiles.ts'
import { createPace } from './slices.ts'
import { hashAside, hashOf } from './wholeness.ts'

/** Files that come in chunks, in any order. Each goes to the store once it is whole. */
export interface PartialFiles {
  /** Bytes by hash of the chunks that are not there yet, in the order of the files. It shrinks as they come. */
  readonly missing: ReadonlyMap<string, number>
  /** On the disk so far, of all that these files are. */
  readonly doneBytes: number
  /** @param bytes that have this hash; where nobody misses it any more, nothing happens */
  write(sha256: string, bytes: Uint8Array): Promise<void>
  /** Nothing more comes. */
  close(): Promise<void>
}

interface Coming {
  readonly file: Omit<StoredFile, 'chunks'>
  left: number
}

/** Files that are looked through or made at once. */
const lanes = 4
const zeros = Buffer.alloc(packageChunkBytes)

/**
 * Goes on with what is in the folder. Nothing is written down about it: whatever a killed process left there is read again, and a chunk is
 * there when its bytes have its hash.
 * @param needed that are not in the store
 */
export async function openPartialFiles(
  layout: Layout,
  folder: string,
  needed: Iterable<StoredFile>,
  signal: AbortSignal,
): Promise<PartialFiles> {
  const places = new Map<string, [Coming, number][]>()
  const missing = new Map<string, number>()
  let doneBytes = 0
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const begun = new Set(await readdir(folder))
  const made = new Set<string>()
  const files = createOpenFiles()

  async function finish({ key, size, executable }: Coming['file']): Promise<void> {
    const target = layout.file(key)
    const shelf = dirname(target)
    if (!made.has(shelf)) await mkdir(shelf, { recursive: true, mode: 0o700 })
    made.add(shelf)
    const path = join(folder, key)
    await files.with(path, async (file) => {
      if ((await file.stat()).size !== size) throw new Error(`${key} has another size than it should`)
      // Neither depends on the umask.
      await file.chmod(modeOf(executable))
      await file.utimes(mtimeSOf(key), mtimeSOf(key))
    })
    await files.close(path)
    await rename(path, target)
  }

  const pace = createPace()
  await inLanes(needed, lanes, async (file) => {
    signal.throwIfAborted()
    await pace()
    const { key, size, executable, chunks } = file
    const one: Coming = { file: { key, size, executable }, left: chunks.length }
    const has = begun.has(key) ? await chunksIn(join(folder, key), file, signal) : new Set<number>()
    for (const index of has) doneBytes += chunkBytesAt(size, index)
    one.left -= has.size
    if (one.left === 0) return await finish(one.file)
    for (const [index, sha256] of chunks.entries()) {
      if (has.has(index)) continue
      const wanted = places.get(sha256)
      if (wanted === undefined) places.set(sha256, [[one, index]])
      else wanted.push([one, index])
      missing.set(sha256, chunkBytesAt(size, index))
    }
  })

  return {
    missing,
    get doneBytes() {
      return doneBytes
    },
    async write(sha256, bytes) {
      const wanted = places.get(sha256)
      if (wanted === undefined) return
      places.delete(sha256)
      try {
        for (let next = wanted.at(-1); next !== undefined; next = wanted.at(-1)) {
          const [one, index] = next
          await files.with(join(folder, one.file.key), (file) =>
            writeAt(file, bytes, index * packageChunkBytes),
          )
          wanted.pop()
          doneBytes += bytes.length
          one.left -= 1
          if (one.left === 0) await finish(one.file)
        }
      } catch (cause) {
        if (wanted.length > 0) places.set(sha256, wanted)
        throw cause
      }
      missing.delete(sha256)
    },
    close: () => files.closeAll(),
  }
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done)
    done += bytesWritten
  }
}

/** Which chunks of a file are there. */
async function chunksIn(
  path: string,
  { size, chunks }: StoredFile,
  signal: AbortSignal,
): Promise<Set<number>> {
  const has = new Set<number>()
  // One that a kill left just before it went to the store cannot be written any more.
  await chmod(path, 0o600)
  const handle = await open(path, 'r+')
  try {
    if ((await handle.stat()).size > size) await handle.truncate(size)
    const buffer = Buffer.alloc(Math.min(size, packageChunkBytes))
    for (const [index, sha256] of chunks.entries()) {
      signal.throwIfAborted()
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, index * packageChunkBytes)
      const bytes = buffer.subarray(0, bytesRead)
      if (bytesRead !== chunkBytesAt(size, index) || isHole(bytes, sha256)) continue
      if ((await hashAside(bytes)) === sha256) has.add(index)
    }
    return has
  } finally {
    await handle.close()
  }
}

let zerosHash: string | null = null
/** Most of a file that has just begun: hashing it would say nothing new. */
const isHole = (bytes: Uint8Array, sha256: string): boolean =>
  bytes.length === packageChunkBytes && zeros.equals(bytes) && sha256 !== (zerosHash ??= hashOf(zeros))
