import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isPlainPath } from '../../config/protocol/content.ts'
import { maxSaveFiles } from '../../config/protocol/saves.ts'
import { isNoSave } from './caches.ts'

/** A plain file of a home. */
export interface FoundFile {
  readonly path: string
  readonly size: number
  readonly mode: number
  /** Whole ms. */
  readonly mtimeMs: number
}

export interface HomeList {
  /** By path. Links, devices, caches and what the title does not mean by saves are not among them. */
  readonly files: readonly FoundFile[]
  readonly bytes: number
  /** More than may travel; the list is not whole then. */
  readonly isTooMuch: boolean
}

/** Folders of a home that are looked into. */
const maxFolders = 4000

/**
 * What lies in a home, by a look at each entry. Null: there is no home.
 * @param maxBytes what may travel
 * @param isSave what the title means by its saves, of a path from the home
 */
export async function listHome(
  root: string,
  maxBytes: number,
  isSave: (path: string) => boolean = () => true,
): Promise<HomeList | null> {
  const files: FoundFile[] = []
  const folders = ['']
  let bytes = 0
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(absent)
    if (entries === null) {
      if (folder === '') return null
      continue
    }
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (isNoSave(path) || !isPlainPath(path)) continue
      if (entry.isDirectory()) folders.push(path)
      if (!entry.isFile() || !isSave(path)) continue
      const found = await lstat(join(root, path)).catch(absent)
      if (found === null || !found.isFile()) continue
      const mtimeMs = Math.max(0, Math.floor(found.mtimeMs))
      files.push({ path, size: found.size, mode: found.mode & 0o777, mtimeMs })
      bytes += found.size
    }
    if (files.length > maxSaveFiles || bytes > maxBytes || folders.length > maxFolders)
      return { files, bytes, isTooMuch: true }
  }
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), bytes, isTooMuch: false }
}

function absent(cause: NodeJS.ErrnoException): null {
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null
  throw cause
}
