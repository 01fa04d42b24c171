import type { PackageTree } from '../../config/protocol/package.ts'
import { keyOf } from './layout.ts'

/**
 * A tree in few large pieces: a build of a hundred thousand files is some MB outside of the heap, and goes from one thread to another without
 * being copied. Numbers of bytes and of entries are where each one ends.
 */
export interface FlatTree {
  /** UTF-8 of the paths of files and then of links, one after the other. */
  readonly paths: Uint8Array<ArrayBuffer>
  readonly pathEnds: Uint32Array<ArrayBuffer>
  /** UTF-8 of where links lead. */
  readonly targets: Uint8Array<ArrayBuffer>
  readonly targetEnds: Uint32Array<ArrayBuffer>
  /** Of each file: which of the stored ones it is. */
  readonly storedOf: Uint32Array<ArrayBuffer>
  /** Of each stored file, 32 bytes. */
  readonly keys: Uint8Array<ArrayBuffer>
  readonly sizes: Float64Array<ArrayBuffer>
  /** 0 or 1. */
  readonly executable: Uint8Array<ArrayBuffer>
  readonly chunkEnds: Uint32Array<ArrayBuffer>
  /** 32 bytes each. */
  readonly chunks: Uint8Array<ArrayBuffer>
  readonly folderCount: number
}

export const hashBytes = 32

/** The pieces, for `postMessage`. */
export const piecesOf = (flat: FlatTree): ArrayBuffer[] =>
  Object.values(flat).flatMap((piece: unknown) =>
    ArrayBuffer.isView(piece) && piece.buffer instanceof ArrayBuffer ? [piece.buffer] : [],
  )

export function flatten({ files, links }: PackageTree): FlatTree {
  const indices = new Map<string, number>()
  const stored: PackageTree['files'] = []
  const storedOf = new Uint32Array(files.length)
  for (const [at, file] of files.entries()) {
    const key = keyOf(file)
    const index = indices.get(key) ?? stored.push(file) - 1
    indices.set(key, index)
    storedOf[at] = index
  }
  const chunkEnds = new Uint32Array(stored.length)
  let chunkCount = 0
  for (const [at, file] of stored.entries()) chunkEnds[at] = chunkCount += file.chunks.length
  const paths = [...files, ...links].map(({ path }) => path)
  const [pathBytes, pathEnds] = joined(paths)
  const [targets, targetEnds] = joined(links.map(({ target }) => target))
  return {
    paths: pathBytes,
    pathEnds,
    targets,
    targetEnds,
    storedOf,
    keys: hashes(indices.keys(), stored.length),
    sizes: Float64Array.from(stored, ({ size }) => size),
    executable: Uint8Array.from(stored, (file) => Number(file.executable)),
    chunkEnds,
    chunks: hashes(
      stored.flatMap(({ chunks }) => chunks),
      chunkCount,
    ),
    folderCount: foldersIn(paths),
  }
}

function joined(texts: readonly string[]): [Uint8Array<ArrayBuffer>, Uint32Array<ArrayBuffer>] {
  const ends = new Uint32Array(texts.length)
  let bytes = 0
  for (const [at, text] of texts.entries()) ends[at] = bytes += Buffer.byteLength(text)
  return [Uint8Array.from(Buffer.from(texts.join(''))), ends]
}

function hashes(hex: Iterable<string>, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count * hashBytes)
  const into = Buffer.from(bytes.buffer)
  let at = 0
  for (const one of hex) at += into.write(one, at, 'hex')
  return bytes
}

/** The root is one. */
function foldersIn(paths: readonly string[]): number {
  const known = new Set<string>()
  for (const path of paths) for (const folder of newFolders(path, known)) known.add(folder)
  return known.size + 1
}

/** Folders of a path that are not among these, the outermost first. A known one's own folders are known too. */
export function newFolders(path: string, known: ReadonlySet<string>): readonly string[] {
  const found: string[] = []
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const folder = path.slice(0, at)
    if (known.has(folder)) break
    found.push(folder)
  }
  return found.reverse()
}
