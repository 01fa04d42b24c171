import { open } from 'node:fs/promises'
import { chunkBytesAt, packageChunkBytes } from '../../config/protocol/package.ts'
import { inLanes } from '../saves/lanes.ts'
import type { Layout, StoredFile } from './layout.ts'
import type { PartialFiles } from './partialFiles.ts'
import { createPace } from './slices.ts'
import { hashAside } from './wholeness.ts'

/** Chunks that are read, looked at or written at once. */
const lanes = 3

/**
 * Takes what is missing from files that are in the store: most of a file that has changed a little is in the version before.
 * @returns keys of files that are not what they should be
 */
export async function takeFromStore(
  layout: Layout,
  files: Iterable<StoredFile>,
  into: PartialFiles,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const damaged: string[] = []
  const pace = createPace()
  for (const file of files) {
    if (into.missing.size === 0) break
    signal.throwIfAborted()
    await pace()
    if (!file.chunks.some((sha256) => into.missing.has(sha256))) continue
    if (!(await takeFromFile(layout.file(file.key), file, into))) damaged.push(file.key)
  }
  return damaged
}

/** False: something in it is wrong. What is right is taken all the same. */
async function takeFromFile(
  path: string,
  { size, chunks }: StoredFile,
  into: PartialFiles,
): Promise<boolean> {
  const handle = await open(path).catch(() => null)
  if (handle === null) return false
  try {
    let isRight = true
    const buffers = Array.from({ length: lanes }, () => Buffer.alloc(Math.min(size, packageChunkBytes)))
    await inLanes(chunks.entries(), lanes, async ([index, sha256], lane) => {
      const buffer = buffers[lane]
      if (buffer === undefined || !into.missing.has(sha256)) return
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, index * packageChunkBytes)
      const bytes = buffer.subarray(0, bytesRead)
      if (bytesRead === chunkBytesAt(size, index) && (await hashAside(bytes)) === sha256)
        await into.write(sha256, bytes)
      else isRight = false
    })
    return isRight
  } finally {
    await handle.close()
  }
}
