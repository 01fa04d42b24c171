import * as z from 'zod/mini'
import { hashList, isPlainPath, isShortPath, plainPath } from './content.ts'

/**
 * A package is what a version of a title runs from: an immutable tree of files, named by its content. Its bytes are kept in chunks by
 * their SHA-256, so that versions share what they have in common. They travel as `packageFrames.ts` says, to the router as `uploads.ts` says.
 */

/** Fixed blocks of each file; its last one is what is left, and an empty file has none. */
export const packageChunkBytes = 1024 * 1024
/** Files and links together. */
export const maxPackageEntries = 100_000
/** Of `treeText`, and so of what is sent to begin an upload. */
export const maxTreeChars = 32 * 1024 * 1024
/** At the root of every package. */
export const packageManifest = 'nearcade.title.json'

/** Of 64 GiB in one file. */
export const maxFileChunks = 65_536
const maxDepth = 32
/** Links that lead to links are common (`libx.so`, `libx.so.1`, `libx.so.1.2`), longer chains are not. */
const maxHops = 8

const packageFile = z.strictObject({
  path: plainPath,
  size: z.int().check(z.gte(0)),
  executable: z.boolean(),
  /** SHA-256 of each `packageChunkBytes` of it, in order. */
  chunks: hashList(maxFileChunks),
})
export type PackageFile = z.infer<typeof packageFile>

const packageLink = z.strictObject({
  path: plainPath,
  /** From the link's own folder: steps up if any, then plain steps down, such as `../lib/libx.so.1`. */
  target: z.string().check(z.minLength(1), z.maxLength(1024)),
})
export type PackageLink = z.infer<typeof packageLink>

/** Their number before any of them. */
const entries = z.array(z.unknown()).check(z.maxLength(maxPackageEntries))
export const packageTree = z.strictObject({
  /** By path, ascending by UTF-16 code units, as `<` compares; so are the links. */
  files: z.pipe(entries, z.array(packageFile)),
  links: z.pipe(entries, z.array(packageLink)),
})
export type PackageTree = z.infer<typeof packageTree>

/** The tree's one text: the id of a tree is the SHA-256 of its UTF-8, 64 hex digits. */
export const treeText = ({ files, links }: PackageTree): string =>
  JSON.stringify({
    files: files.map(({ path, size, executable, chunks }) => ({ path, size, executable, chunks })),
    links: links.map(({ path, target }) => ({ path, target })),
  })

export const treeBytes = ({ files }: Pick<PackageTree, 'files'>): number =>
  files.reduce((sum, { size }) => sum + size, 0)

/** Bytes of a file's chunk. @param index from 0 */
export const chunkBytesAt = (size: number, index: number): number =>
  Math.min(packageChunkBytes, size - index * packageChunkBytes)

/** What is wrong with a path in a package; null: nothing. */
export function packagePathFault(path: string): string | null {
  if (path === '') return 'has no name'
  if (path.includes('\0')) return 'has a NUL in its name'
  if (/^[A-Za-z]:/.test(path)) return 'begins with a drive letter'
  if (/^[/\\]/.test(path)) return 'is an absolute path'
  if (path.includes('\\')) return 'has a backslash in its name'
  if (/\p{Cc}/u.test(path)) return 'has a control character in its name'
  const parts = path.split('/')
  if (parts.includes('..')) return 'leads out of the package'
  if (!isShortPath(path)) return 'has a name of more than 255 bytes or a path of more than 1024'
  if (parts.length > maxDepth) return `is more than ${maxDepth} folders deep`
  return isPlainPath(path) ? null : 'is not a plain relative path'
}

export interface TreeLimits {
  readonly maxBytes: number
}

/** What is wrong with a tree as a whole, in words that name the entry; null: nothing. */
export function treeFault(tree: PackageTree, { maxBytes }: TreeLimits): string | null {
  const { files, links } = tree
  if (files.length + links.length > maxPackageEntries)
    return `${files.length + links.length} files are more than ${maxPackageEntries}`
  const fault = orderFault(files) ?? orderFault(links) ?? namesFault(tree)
  if (fault !== null) return fault
  for (const { path, size, chunks } of files)
    if (chunks.length !== Math.ceil(size / packageChunkBytes))
      return `${path} has another number of chunks than its size`
  const bytes = treeBytes(tree)
  if (bytes > maxBytes) return `${bytes} bytes are more than ${maxBytes}`
  if (!files.some(({ path }) => path === packageManifest)) return `${packageManifest} is not there`
  return linksFault(tree)
}

function orderFault(list: readonly { readonly path: string }[]): string | null {
  for (const [index, { path }] of list.entries()) {
    const before = list[index - 1]?.path
    if (before === path) return `${path} is there twice`
    if (before !== undefined && before > path) return `${path} is not in order`
  }
  return null
}

/** Two names that are one on a disk that knows no case, or writes accents another way. */
const foldedName = (path: string): string => path.normalize('NFC').toLowerCase()

function namesFault({ files, links }: PackageTree): string | null {
  const leaves = new Set<string>()
  /** Of each file, link and folder as it was first written. */
  const names = new Map<string, string>()
  const clash = (path: string): string | null => {
    const folded = foldedName(path)
    const other = names.get(folded)
    if (other !== undefined && other !== path) return `${path} and ${other} differ in case alone`
    names.set(folded, path)
    return null
  }
  for (const { path } of [...files, ...links]) {
    const fault = packagePathFault(path)
    if (fault !== null) return `${path} ${fault}`
    if (leaves.has(path)) return `${path} is there twice`
    leaves.add(path)
  }
  const folders = new Set<string>()
  for (const leaf of leaves) {
    for (const folder of newFolders(leaf, folders)) {
      const fault = leaves.has(folder) ? `${folder} is a file and a folder` : clash(folder)
      if (fault !== null) return fault
    }
    const fault = clash(leaf)
    if (fault !== null) return fault
  }
  return null
}

/** Folders of a path that are not known yet, the outermost first; they are known from now on. A known one's own folders are known too. */
function newFolders(path: string, known: Set<string>): readonly string[] {
  const found: string[] = []
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const folder = path.slice(0, at)
    if (known.has(folder)) break
    known.add(folder)
    found.push(folder)
  }
  return found.reverse()
}

/** Steps up only at its beginning, where no other link can bend them; so nothing that stays inside step by step leads out as a whole. */
const targetForm = /^(?:\.\.(?:\/|$))*(?:[^/]+(?:\/[^/]+)*)?$/

function linksFault({ files, links }: PackageTree): string | null {
  if (links.length === 0) return null
  const targets = new Map(links.map(({ path, target }) => [path, target]))
  const there = new Set<string>([''])
  for (const { path } of [...files, ...links]) newFolders(path, there)
  for (const { path } of [...files, ...links]) there.add(path)
  let hops = 0

  /** Where a link ends, or what is wrong with it. */
  function follow(path: string, target: string): { readonly end: string } | { readonly fault: string } {
    hops += 1
    if (hops > maxHops) return { fault: 'is a chain of too many links, or a ring' }
    if (/^[/\\]|^[A-Za-z]:/.test(target)) return { fault: 'links to an absolute path' }
    const parts = target.split('/')
    const ups = parts.findIndex((part) => part !== '..')
    const down = ups < 0 ? [] : parts.slice(ups)
    if (!targetForm.test(target) || down.some((part) => packagePathFault(part) !== null || part === '.'))
      return { fault: 'links to a path that is not plain' }
    const at = path.split('/').slice(0, -1)
    const up = ups < 0 ? parts.length : ups
    if (up > at.length) return { fault: 'links out of the package' }
    let end = at.slice(0, at.length - up).join('/')
    for (const part of down) {
      end = end === '' ? part : `${end}/${part}`
      const next = targets.get(end)
      if (next !== undefined) {
        const found = follow(end, next)
        if ('fault' in found) return found
        end = found.end
      }
      if (!there.has(end)) return { fault: 'links to what is not there' }
    }
    return { end }
  }

  for (const { path, target } of links) {
    hops = 0
    const found = follow(path, target)
    if ('fault' in found) return `${path} ${found.fault}`
  }
  return null
}
