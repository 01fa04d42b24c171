import { createHash } from 'node:crypto'
import { chmod, mkdir, open, readdir, realpath, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { chunkBytes, type SaveFile } from '../../config/protocol/saves.ts'
import type { HomePaths } from './homePaths.ts'
import { inLanes } from './lanes.ts'
import { openInside } from './openInside.ts'

export interface FetchOptions {
  readonly paths: HomePaths
  readonly files: readonly SaveFile[]
  /** Files that are here, from which chunks are taken where their hashes are right. */
  readonly here: readonly SaveFile[]
  /** What is here was never sent: it is kept beside the new home. */
  readonly putAside: boolean
  /** @throws when it cannot be had; its bytes may be wrong */
  chunk(sha256: string): Promise<Uint8Array>
  readonly nowMs: number
}

/** Files that are made at once. */
const lanes = 6
/** Homes that were put aside, per home. */
const keptAside = 3

/**
 * Makes a home of these files in place of the one that is there, whole or not at all. What a fetch that broke off has left is used by
 * the next. Call while nothing runs in the home.
 * @returns where the old home was put, if it was
 * @throws when a chunk cannot be had or is not what it should be
 */
export async function fetchHome(options: FetchOptions): Promise<string | null> {
  const { paths, files } = options
  await mkdir(paths.draft, { recursive: true, mode: 0o700 })
  const wanted = new Set(files.map(({ path }) => path))
  await inLanes(files, lanes, (file, lane) => makeFile(file, lane, options))
  await dropOthers(paths.draft, wanted)
  const aside = options.putAside ? await putAside(paths.folder, options.nowMs) : null
  await rm(paths.folder, { recursive: true, force: true })
  await rename(paths.draft, paths.folder)
  return aside
}

async function makeFile(file: SaveFile, lane: number, options: FetchOptions): Promise<void> {
  const { draft } = options.paths
  const target = join(draft, file.path)
  if (await isWhole(target, file)) return
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  // Beside the home: no save can have this name.
  const part = `${draft}.part${lane}`
  await rm(part, { force: true })
  const handle = await open(part, 'wx', 0o600)
  try {
    for (const sha256 of file.chunks) {
      const bytes = (await chunkHere(sha256, options)) ?? (await options.chunk(sha256))
      if (hashOf(bytes) !== sha256) throw new Error(`a chunk of ${file.path} is not what it should be`)
      await handle.write(bytes)
    }
    if ((await handle.stat()).size !== file.size)
      throw new Error(`${file.path} has another size than it should`)
  } finally {
    await handle.close()
  }
  await chmod(part, file.mode)
  await utimes(part, file.mtimeMs / 1000, file.mtimeMs / 1000)
  await rename(part, target)
}

/** From the old home, where the file that had it looks untouched; the hash is checked by whoever asked. */
async function chunkHere(sha256: string, { paths, here }: FetchOptions): Promise<Uint8Array | null> {
  const root = await realpath(paths.folder).catch(() => null)
  const file = here.find(({ chunks }) => chunks.includes(sha256))
  if (root === null || file === undefined) return null
  const handle = await openInside(root, file.path)
  if (handle === null) return null
  try {
    const buffer = Buffer.alloc(chunkBytes)
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, file.chunks.indexOf(sha256) * chunkBytes)
    const bytes = buffer.subarray(0, bytesRead)
    return hashOf(bytes) === sha256 ? bytes : null
  } finally {
    await handle.close()
  }
}

/** A file that a fetch before this one has made: only whole ones have their names. */
async function isWhole(target: string, { size, mtimeMs, chunks }: SaveFile): Promise<boolean> {
  const found = await stat(target).catch(() => null)
  if (found === null || !found.isFile() || found.size !== size || Math.abs(found.mtimeMs - mtimeMs) > 2)
    return false
  const handle = await open(target)
  try {
    const buffer = Buffer.alloc(Math.min(size, chunkBytes))
    for (const [at, sha256] of chunks.entries()) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at * chunkBytes)
      if (hashOf(buffer.subarray(0, bytesRead)) !== sha256) return false
    }
    return true
  } finally {
    await handle.close()
  }
}

async function dropOthers(draft: string, wanted: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const path = join(entry.parentPath, entry.name).slice(draft.length + 1)
    if (!wanted.has(path)) await rm(join(draft, path), { force: true })
  }
}

async function putAside(folder: string, nowMs: number): Promise<string | null> {
  const shelf = dirname(folder)
  const prefix = `${basename(folder)}.kept-`
  const aside = join(shelf, `${prefix}${nowMs}`)
  try {
    await rename(folder, aside)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw cause
  }
  const older = (await readdir(shelf)).filter((name) => name.startsWith(prefix)).toSorted()
  for (const name of older.slice(0, -keptAside)) await rm(join(shelf, name), { recursive: true, force: true })
  return aside
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
