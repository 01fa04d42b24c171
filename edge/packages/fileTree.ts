import type { PackageLink } from '../../config/protocol/package.ts'
import { type FlatTree, hashBytes } from './flatTree.ts'
import type { StoredFile } from './layout.ts'

/** What a version is made of, as a node works with it: what is asked for is made at that moment. */
export interface FileTree {
  /** Of all its files, each as often as it is there. */
  readonly sizeBytes: number
  readonly fileCount: number
  readonly linkCount: number
  /** With the root. */
  readonly folderCount: number
  /** Of memory. */
  readonly heldBytes: number
  files(): Iterable<{ readonly path: string; readonly file: StoredFile }>
  links(): Iterable<PackageLink>
  /** Each file once, however many names it has, in the order of the first ones. */
  stored(): Iterable<StoredFile>
  /** Null: there is none of that path. */
  find(path: string): StoredFile | null
}

export function openTree(flat: FlatTree): FileTree {
  const { pathEnds, targetEnds, storedOf, sizes, executable, chunkEnds } = flat
  const [paths, targets, keys, chunks] = [flat.paths, flat.targets, flat.keys, flat.chunks].map(
    ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength),
  ) as [Buffer, Buffer, Buffer, Buffer]

  const pathAt = (at: number): string => paths.toString('utf8', pathEnds[at - 1] ?? 0, pathEnds[at])
  const hex = (from: Buffer, at: number): string => from.toString('hex', at * hashBytes, (at + 1) * hashBytes)
  const fileAt = (at: number): StoredFile => ({
    key: hex(keys, at),
    size: sizes[at] ?? 0,
    executable: executable[at] === 1,
    get chunks() {
      const first = chunkEnds[at - 1] ?? 0
      return Array.from({ length: (chunkEnds[at] ?? 0) - first }, (_, index) => hex(chunks, first + index))
    },
  })

  return {
    sizeBytes: storedOf.reduce((sum, at) => sum + (sizes[at] ?? 0), 0),
    fileCount: storedOf.length,
    linkCount: targetEnds.length,
    folderCount: flat.folderCount,
    heldBytes: Object.values(flat).reduce(
      (sum: number, piece: unknown) => sum + (ArrayBuffer.isView(piece) ? piece.byteLength : 0),
      0,
    ),
    *files() {
      for (const [at, index] of storedOf.entries()) yield { path: pathAt(at), file: fileAt(index) }
    },
    *links() {
      for (const [at, end] of targetEnds.entries())
        yield {
          path: pathAt(storedOf.length + at),
          target: targets.toString('utf8', targetEnds[at - 1] ?? 0, end),
        }
    },
    *stored() {
      for (const at of sizes.keys()) yield fileAt(at)
    },
    find(path) {
      let [from, to] = [0, storedOf.length]
      while (from < to) {
        const middle = (from + to) >> 1
        if (pathAt(middle) < path) from = middle + 1
        else to = middle
      }
      const index = storedOf[from]
      return index !== undefined && pathAt(from) === path ? fileAt(index) : null
    },
  }
}
