import { frameHead, frameHeadBytes, maxFrameBodyBytes } from '../../../config/protocol/packageFrames.ts'
import { chunkBytesAt, packageChunkBytes, type PackageTree } from '../../../config/protocol/package.ts'
import type { HashedFile } from './hashing.ts'
import type { PickedFile } from './picked.ts'

/** Where a chunk's bytes can be read. */
interface Place {
  readonly file: Blob
  readonly from: number
  readonly bytes: number
}

/** Every chunk of a build by its hash. */
export type Chunks = ReadonlyMap<string, Place>

/** @param hashed of the files, in their order */
export function chunksOf(files: readonly Blob[], hashed: readonly HashedFile[]): Chunks {
  const chunks = new Map<string, Place>()
  for (const [index, file] of files.entries())
    for (const [at, hash] of (hashed[index]?.chunks ?? []).entries())
      chunks.set(hash, { file, from: at * packageChunkBytes, bytes: chunkBytesAt(file.size, at) })
  return chunks
}

/** The package tree of a folder; browsers follow links, so there are none in it. */
export const treeOf = (files: readonly PickedFile[], hashed: readonly HashedFile[]): PackageTree => ({
  files: files
    .map(({ path, file }, index) => ({
      path,
      size: file.size,
      executable: hashed[index]?.executable ?? false,
      chunks: [...(hashed[index]?.chunks ?? [])],
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1)),
  links: [],
})

/** The first of what is missing that goes into one body of about `wantedBytes`, at least one chunk. */
export function nextBatch(missing: readonly string[], chunks: Chunks, wantedBytes: number): string[] {
  const batch: string[] = []
  let bytes = 0
  for (const hash of missing) {
    const framed = frameHeadBytes + (chunks.get(hash)?.bytes ?? 0)
    if (batch.length > 0 && bytes + framed > Math.min(wantedBytes, maxFrameBodyBytes)) break
    batch.push(hash)
    bytes += framed
  }
  return batch
}

/** A body of frames that names its bytes without reading them: the browser does, as it sends them. */
export function bodyOf(batch: readonly string[], chunks: Chunks): Blob {
  return new Blob(
    batch.flatMap((hash) => {
      const place = chunks.get(hash)
      if (place === undefined) return []
      return [frameHead(hash, place.bytes), place.file.slice(place.from, place.from + place.bytes)]
    }),
  )
}

export const bytesOf = (batch: readonly string[], chunks: Chunks): number =>
  batch.reduce((sum, hash) => sum + (chunks.get(hash)?.bytes ?? 0), 0)
