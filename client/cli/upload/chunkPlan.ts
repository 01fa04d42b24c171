import { chunkBytesAt, packageChunkBytes } from '../../../config/protocol/package.ts'
import { frameHeadBytes } from '../../../config/protocol/packageFrames.ts'

/** Where a chunk's bytes can be read. */
export interface ChunkPlace {
  /** Of the file in the list. */
  readonly fileIndex: number
  readonly from: number
  readonly bytes: number
}

/** Every chunk of a build by its hash. */
export type ChunkPlaces = ReadonlyMap<string, ChunkPlace>

/** Pure. @param files with the hashes of their chunks, in order */
export function chunkPlaces(
  files: readonly { readonly size: number; readonly chunks: readonly string[] }[],
): ChunkPlaces {
  const places = new Map<string, ChunkPlace>()
  for (const [fileIndex, { size, chunks }] of files.entries())
    for (const [at, sha256] of chunks.entries())
      if (!places.has(sha256))
        places.set(sha256, { fileIndex, from: at * packageChunkBytes, bytes: chunkBytesAt(size, at) })
  return places
}

/** What is missing in bodies of at most `bodyBytes` each, asked for each of them, at least one chunk in each. What the build does not have is left out. */
export function* bodies(
  missing: readonly string[],
  places: ChunkPlaces,
  bodyBytes: () => number,
): Generator<readonly string[]> {
  let body: string[] = []
  let bytes = 0
  for (const sha256 of new Set(missing)) {
    const place = places.get(sha256)
    if (place === undefined) continue
    const framed = frameHeadBytes + place.bytes
    if (body.length > 0 && bytes + framed > bodyBytes()) {
      yield body
      body = []
      bytes = 0
    }
    body.push(sha256)
    bytes += framed
  }
  if (body.length > 0) yield body
}
