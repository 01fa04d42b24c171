import { createHash } from 'node:crypto'
import { NearcadeError } from '../../config/errors.ts'
import { decodeValue } from '../../config/protocol/decode.ts'
import {
  chunkBytesAt,
  maxTreeChars,
  packageChunkBytes,
  type PackageTree,
  treeBytes,
  treeFault,
  treeText,
} from '../../config/protocol/package.ts'
import { archiveName, newUpload, type NewUpload } from '../../config/protocol/uploads.ts'
import { packChunks } from './chunkList.ts'
import type { ReadContent, TreePart } from './thread/messages.ts'

/** What uploads are of. A large tree takes seconds to read and check: the thread of `thread/` does that. */

export type Archive = Extract<NewUpload, { kind: 'archive' }>

/**
 * What somebody sent to begin an upload.
 * @throws NearcadeError bad-request, package-refused
 */
export function readAsked(body: Uint8Array, maxBytes: number): ReadContent {
  const decoded = decodeValue(newUpload, jsonIn(body))
  if (!decoded.ok) throw new NearcadeError('bad-request', decoded.error.details)
  const ask = decoded.value
  const fault = ask.kind === 'tree' ? treeFault(ask.tree, { maxBytes }) : archiveFault(ask, maxBytes)
  if (fault !== null) throw new NearcadeError('package-refused', [fault])
  if (ask.kind === 'tree') return treeContent(ask.tree)
  const { kind, name, size, chunks } = ask
  return named(kind, JSON.stringify({ kind, name, size, chunks }), chunkSizes([{ path: name, size, chunks }]))
}

/** Of a tree that has no fault. */
export const treeContent = (tree: PackageTree): ReadContent =>
  named('tree', treeText(tree), chunkSizes(tree.files))

/** The chunks of a text that was kept, packed. It was checked before it was. */
export function chunksIn(of: NewUpload['kind'], text: Uint8Array): Uint8Array<ArrayBuffer> {
  if (of === 'tree') return packChunks(chunkSizes(treeIn(text).files))
  const { name, size, chunks } = archiveIn(text)
  return packChunks(chunkSizes([{ path: name, size, chunks }]))
}

/** Some files of a tree that was kept, and links of these names. */
export function partIn(text: Uint8Array, paths: readonly string[]): TreePart {
  const { files, links } = treeIn(text)
  const wanted = new Set(paths)
  return {
    tree: {
      files: files.filter(({ path }) => wanted.has(path)),
      links: links.filter(({ path }) => wanted.has(path)),
    },
    sizeBytes: treeBytes({ files }),
  }
}

export const archiveIn = (text: Uint8Array): Archive => JSON.parse(textIn(text)) as Archive
const treeIn = (text: Uint8Array): PackageTree => JSON.parse(textIn(text)) as PackageTree

const textIn = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('utf8')

function jsonIn(body: Uint8Array): unknown {
  try {
    return JSON.parse(textIn(body))
  } catch (cause) {
    throw new NearcadeError('bad-request', ['the body is not JSON'], cause)
  }
}

function named(kind: NewUpload['kind'], content: string, sizes: ReadonlyMap<string, number>): ReadContent {
  const text = new TextEncoder().encode(content)
  const id = createHash('sha256').update(text).digest('hex')
  return { kind, id, text, chunks: packChunks(sizes), names: [...sizes.keys()].join(',') }
}

/** @throws NearcadeError package-refused when one chunk would have two sizes */
function chunkSizes(
  files: readonly { readonly path: string; readonly size: number; readonly chunks: readonly string[] }[],
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const { path, size, chunks } of files)
    for (const [index, sha256] of chunks.entries()) {
      const bytes = chunkBytesAt(size, index)
      if ((sizes.get(sha256) ?? bytes) !== bytes)
        throw new NearcadeError('package-refused', [`${path} names a chunk that has another size elsewhere`])
      sizes.set(sha256, bytes)
    }
  return sizes
}

function archiveFault({ name, size, chunks }: Archive, maxBytes: number): string | null {
  if (/\.tar\.zst$|\.tzst$/i.test(name))
    return `${name}: zstd is not read here; pack it as .tar.gz or .zip, or push the folder itself`
  if (!archiveName.test(name)) return `${name}: an archive ends with .zip, .tar, .tar.gz or .tgz`
  if (chunks.length !== Math.ceil(size / packageChunkBytes))
    return `${name} has another number of chunks than its size`
  return size > maxBytes ? `${size} bytes are more than ${maxBytes}` : null
}

/** Of a content's text. */
export const maxContentBytes = 2 * maxTreeChars
