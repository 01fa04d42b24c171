import { lstat, readdir, readlink } from 'node:fs/promises'
import path from 'node:path'
import { maxPackageEntries, type PackageLink } from '../../../config/protocol/package.ts'

/** A plain file of a build as it lies on the disk. */
export interface BuildFile {
  /** From the root of the build, with slashes. */
  readonly path: string
  readonly size: number
  readonly executable: boolean
  /** What tells whether it has changed: nanoseconds and the file system's number. */
  readonly mtimeNs: bigint
  readonly inode: bigint
}

export interface Build {
  /** Absolute. */
  readonly root: string
  /** By path, ascending by UTF-16 code units; so are the links. */
  readonly files: readonly BuildFile[]
  readonly links: readonly PackageLink[]
  /** Neither files, folders nor links: they cannot travel. */
  readonly others: readonly string[]
  /** What could not be looked at, with the system's reason. */
  readonly unreadable: readonly { readonly path: string; readonly why: string }[]
  /** There are more; the lists are not whole. */
  readonly isTooMany: boolean
}

/**
 * What lies in a folder, by a look at each entry; nothing is opened and no link is followed.
 * @param isIgnored of a path from the root; a folder's ends with a slash
 */
export async function listBuild(root: string, isIgnored: (path: string) => boolean): Promise<Build> {
  const files: BuildFile[] = []
  const links: PackageLink[] = []
  const others: string[] = []
  const unreadable: { path: string; why: string }[] = []
  const folders = ['']
  const noted =
    (at: string) =>
    (cause: NodeJS.ErrnoException): null => {
      unreadable.push({ path: at, why: cause.code ?? cause.message })
      return null
    }
  let isTooMany = false
  for (const folder of folders) {
    const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(noted(folder))
    await inLanes(entries ?? [], async (entry) => {
      const at = folder === '' ? entry.name : `${folder}/${entry.name}`
      const full = path.join(root, at)
      if (isIgnored(entry.isDirectory() ? `${at}/` : at)) return
      if (entry.isDirectory()) folders.push(at)
      else if (entry.isSymbolicLink()) {
        const target = await readlink(full).catch(noted(at))
        if (target !== null) links.push({ path: at, target })
      } else if (entry.isFile()) {
        const found = await lstat(full, { bigint: true }).catch(noted(at))
        if (found?.isFile() !== true) return
        const executable = (found.mode & 0o111n) !== 0n
        files.push({
          path: at,
          size: Number(found.size),
          executable,
          mtimeNs: found.mtimeNs,
          inode: found.ino,
        })
      } else others.push(at)
    })
    isTooMany = files.length + links.length > maxPackageEntries
    if (isTooMany) break
  }
  const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
    a.path < b.path ? -1 : 1
  return {
    root,
    files: files.sort(byPath),
    links: links.sort(byPath),
    others: others.sort(),
    unreadable,
    isTooMany,
  }
}

/** Looks at once, so that a folder of many files does not wait for each. */
async function inLanes<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await task(item)
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}
