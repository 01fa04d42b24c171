import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { PackageFile } from '../../config/protocol/package.ts'

/**
 * A node's packages on its disk. Versions share their files: what is the same in two of them is there once, under its key.
 *
 *   files/ab/<key>       whole files, read-only, hard-linked into the versions that have them
 *   versions/<treeId>/   installed: a folder that a sandbox mounts as `{title}`; whole or not there at all
 *   trees/<treeId>       text of each installed tree; its mtime says when the version was last played
 *   partial/<treeId>/    what is on its way: `tree`, and under their keys files that are not whole yet
 *   unsettled/<treeId>   what a power cut could take: the boot in which it was written
 *   dropped/             on its way out
 */
export interface Layout {
  readonly root: string
  readonly versions: string
  readonly trees: string
  readonly partial: string
  readonly unsettled: string
  readonly dropped: string
  readonly files: string
  file(key: string): string
}

export function layoutOf(dataDir: string): Layout {
  const root = join(dataDir, 'packages')
  const files = join(root, 'files')
  return {
    root,
    files,
    versions: join(root, 'versions'),
    trees: join(root, 'trees'),
    partial: join(root, 'partial'),
    unsettled: join(root, 'unsettled'),
    dropped: join(root, 'dropped'),
    file: (key) => join(files, key.slice(0, 2), key),
  }
}

/** A file as it lies in the store. */
export interface StoredFile {
  readonly key: string
  readonly size: number
  readonly executable: boolean
  readonly chunks: readonly string[]
}

/** 64 hex digits: the file's bytes and whether it may be executed. */
export const keyOf = ({ executable, size, chunks }: PackageFile): string =>
  createHash('sha256')
    .update(`${executable ? 'x' : '-'} ${size}\n${chunks.join('\n')}`)
    .digest('hex')

export const modeOf = (executable: boolean): number => (executable ? 0o555 : 0o444)
export const folderMode = 0o755

/** 2001-09-09, the time 1,000,000,000. */
const firstS = 1_000_000_000
/**
 * A stored file's mtime: any ordinary write changes it, so that a look at it tells whether the file was touched; and files that differ have
 * different ones, so that games that cache by mtime are not fooled.
 */
export const mtimeSOf = (key: string): number => firstS + (Number.parseInt(key.slice(0, 8), 16) % 500_000_000)

/** What a file system gives to a file at least, as most do; and of an inode without one, such as a folder's, no less. */
const blockBytes = 4096
/** What a file takes of a disk. */
export const diskBytes = (size: number): number =>
  Math.max(blockBytes, Math.ceil(size / blockBytes) * blockBytes)
