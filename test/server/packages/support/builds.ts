import { createHash } from 'node:crypto'
import { packageChunkBytes, type PackageTree } from '../../../../config/protocol/package.ts'
import { frameHead } from '../../../../config/protocol/packageFrames.ts'
import type { NewUpload } from '../../../../config/protocol/uploads.ts'
import { readBlob } from '../../../../server/blobs/blobStore.ts'
import type { Packages } from '../../../../server/packages/packages.ts'

export const hashOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The same for the same seed. */
export function randomBytesOf(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed * 2_654_435_761 + 1
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/** Files as a tree and its chunks. */
export function treeFrom(files: Readonly<Record<string, Buffer>>): {
  readonly tree: PackageTree
  readonly chunks: Map<string, Buffer>
  readonly files: Readonly<Record<string, Buffer>>
} {
  const chunks = new Map<string, Buffer>()
  const list = Object.entries(files)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, bytes]) => {
      const hashes: string[] = []
      for (let at = 0; at < bytes.length; at += packageChunkBytes) {
        const chunk = bytes.subarray(at, at + packageChunkBytes)
        hashes.push(hashOf(chunk))
        chunks.set(hashOf(chunk), chunk)
      }
      return { path, size: bytes.length, executable: false, chunks: hashes }
    })
  return { tree: { files: list, links: [] }, chunks, files }
}

export async function* framesOf(chunks: ReadonlyMap<string, Buffer>): AsyncIterable<Uint8Array> {
  for (const [sha256, bytes] of chunks) {
    yield frameHead(sha256, bytes.length)
    yield bytes
  }
}

/** As it is sent to begin an upload. */
export const bodyOf = (ask: NewUpload): Buffer<ArrayBuffer> => Buffer.from(JSON.stringify(ask))

export async function keptTree(packages: Packages, treeId: string): Promise<PackageTree | null> {
  const blob = await packages.treeText(treeId)
  return blob === null ? null : (JSON.parse((await readBlob(blob, 2 ** 26)).toString()) as PackageTree)
}
