import { createHash } from 'node:crypto'
import { NearcadeError } from '../../config/errors.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import {
  chunkBytesAt,
  maxTreeChars,
  packageChunkBytes,
  packageTree,
  type PackageTree,
  treeFault,
  treeText,
} from '../../config/protocol/package.ts'
import { archiveName, newUpload, type NewUpload } from '../../config/protocol/uploads.ts'

/** What an upload is of, in the one text that names it. */
export interface Content {
  /** SHA-256 of `text`; of a tree its id. */
  readonly id: string
  readonly text: Buffer
  /** Of each chunk, in the order of the content. */
  readonly sizes: ReadonlyMap<string, number>
  readonly totalBytes: number
}

export type Archive = Extract<NewUpload, { kind: 'archive' }>

/** @throws NearcadeError package-refused */
export function contentOf(ask: NewUpload, maxBytes: number): Content {
  const fault = ask.kind === 'tree' ? treeFault(ask.tree, { maxBytes }) : archiveFault(ask, maxBytes)
  if (fault !== null) throw new NearcadeError('package-refused', [fault])
  const text = Buffer.from(ask.kind === 'tree' ? treeText(ask.tree) : archiveText(ask))
  const sizes = ask.kind === 'tree' ? treeChunks(ask.tree) : archiveChunks(ask)
  let totalBytes = 0
  for (const bytes of sizes.values()) totalBytes += bytes
  return { id: createHash('sha256').update(text).digest('hex'), text, sizes, totalBytes }
}

/** The way back, of a text that was kept. */
export function readContent(kind: NewUpload['kind'], text: string): NewUpload {
  const value: unknown = JSON.parse(text)
  const decoded = decodeValue(newUpload, kind === 'tree' ? { kind, tree: value } : value)
  if (!decoded.ok)
    throw new Error(`a content that was kept cannot be read: ${decoded.error.details.join('; ')}`)
  return decoded.value
}

export function readTree(text: string): PackageTree {
  const decoded = decodeValue(packageTree, JSON.parse(text))
  if (!decoded.ok) throw new Error(`a tree that was kept cannot be read: ${decoded.error.details.join('; ')}`)
  return decoded.value
}

/** @throws NearcadeError package-refused when one chunk would have two sizes */
export function treeChunks({ files }: PackageTree): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const { path, size, chunks } of files) addChunks(sizes, path, size, chunks)
  return sizes
}

function archiveChunks({ name, size, chunks }: Archive): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  addChunks(sizes, name, size, chunks)
  return sizes
}

function addChunks(sizes: Map<string, number>, path: string, size: number, chunks: readonly string[]): void {
  for (const [index, sha256] of chunks.entries()) {
    const bytes = chunkBytesAt(size, index)
    if ((sizes.get(sha256) ?? bytes) !== bytes)
      throw new NearcadeError('package-refused', [`${path} names a chunk that has another size elsewhere`])
    sizes.set(sha256, bytes)
  }
}

const archiveText = ({ kind, name, size, chunks }: Archive): string =>
  JSON.stringify({ kind, name, size, chunks })

function archiveFault({ name, size, chunks }: Archive, maxBytes: number): string | null {
  if (/\.tar\.zst$|\.tzst$/i.test(name))
    return `${name}: this router cannot read zstd yet; pack it as .tar.gz or .zip, or push the folder itself`
  if (!archiveName.test(name)) return `${name}: an archive ends with .zip, .tar, .tar.gz or .tgz`
  if (chunks.length !== Math.ceil(size / packageChunkBytes))
    return `${name} has another number of chunks than its size`
  return size > maxBytes ? `${size} bytes are more than ${maxBytes}` : null
}

/** Of a content's text. */
export const maxContentBytes = 2 * maxTreeChars
