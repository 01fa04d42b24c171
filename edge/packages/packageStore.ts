import { execFile } from 'node:child_process'
import {
  access,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeText } from '../../config/protocol/decode.ts'
import { packageManifest } from '../../config/protocol/package.ts'
import { type TitleManifest, titleManifest } from '../../config/protocol/title.ts'
import { inLanes } from '../saves/lanes.ts'
import type { FileTree } from './fileTree.ts'
import { keysOf } from './keys.ts'
import { diskBytes, type Layout, layoutOf, type StoredFile } from './layout.ts'
import { removeFolder } from './removeFolder.ts'
import type { Room } from './room.ts'
import { createTreeCache } from './treeCache.ts'
import type { TreeReader } from './treeReader.ts'
import { isWhole, looksWhole } from './wholeness.ts'

/** A version that is on this node's disk, whole. */
export interface InstalledPackage {
  readonly treeId: string
  readonly manifest: TitleManifest
  /** What a sandbox mounts as `{title}`. */
  readonly folder: string
  readonly sizeBytes: number
  readonly usedAtMs: number
  /** What its folders and links take of the disk beside its files, which it shares with others. */
  readonly own: Room
}

/** Folders and links have an inode each; the tree's own text is a file too. */
export function ownRoom({ folderCount, linkCount, heldBytes }: FileTree): Room {
  const inodes = folderCount + linkCount + 1
  return { inodes, bytes: inodes * diskBytes(0) + heldBytes }
}

const run = promisify(execFile)
const bootIdFile = '/proc/sys/kernel/random/boot_id'
const lanes = 8
/** Of a disk's inodes, left to others. */
const keptInodes = 1 / 20

/** What is on the disk, and what goes from it. Who may go is decided elsewhere. */
export interface PackageStore {
  readonly layout: Layout
  readonly installed: ReadonlyMap<string, InstalledPackage>
  /** Null: it is not there, or not what it was. */
  treeOf(treeId: string): Promise<FileTree | null>
  /** Written before anything else of a version that is to be installed. */
  begin(treeId: string, tree: FileTree, text: Uint8Array): Promise<void>
  /** A version was assembled: it can be played. */
  add(treeId: string, manifest: TitleManifest, tree: FileTree, nowMs: number): void
  /** Waits until what was installed is on the disk, not only on its way there. */
  settle(treeId: string): Promise<void>
  /** It may not be right, also after the next start. */
  doubt(treeId: string): Promise<void>
  /** Where a version is, if it is. */
  folderOf(treeId: string): string
  /** It is played now: the last to go. */
  use(treeId: string, nowMs: number): void
  /** It is not installed from here on; its files go where no other version has them, but for these. */
  drop(treeId: string, staying: ReadonlySet<string>): Promise<void>
  /** What came of a version that is not whole. */
  dropPartial(treeId: string): Promise<void>
  /** Files that no version has and none of these. */
  dropOrphans(staying: ReadonlySet<string>): Promise<void>
  /** Reads every byte of them. @returns keys of those that are there and not what they should be */
  damagedFiles(files: Iterable<StoredFile>, signal: AbortSignal): Promise<readonly string[]>
  /** Takes files out of the store whose bytes are wrong. */
  dropFiles(keys: readonly string[]): Promise<void>
  /** Those of these files that are there and look as they were left. */
  whichAreThere(files: Iterable<StoredFile>): Promise<ReadonlySet<string>>
  /** Bytes on the disk by all of it, and the disk's free ones. */
  usage(): Promise<{
    readonly usedBytes: number
    readonly freeBytes: number
    /** Infinity where the file system has as many as it likes. */
    readonly freeInodes: number
  }>
  readonly partials: () => Promise<readonly string[]>
  /** What is there of a version on its way. */
  partialRoom(treeId: string): Promise<Room>
  /** What a power cut may have taken bytes of, whole versions and begun ones: they are not offered so far. */
  readonly doubtful: readonly string[]
  /** It was read through, and is right. */
  trust(treeId: string): Promise<void>
}

/** @throws Error where the folder cannot be used */
export async function openPackageStore(dataDir: string, reader: TreeReader): Promise<PackageStore> {
  const layout = layoutOf(dataDir)
  for (const folder of [
    layout.root,
    layout.files,
    layout.versions,
    layout.trees,
    layout.partial,
    layout.unsettled,
    layout.dropped,
  ])
    await mkdir(folder, { recursive: true, mode: 0o700 })
  const installed = new Map<string, InstalledPackage>()
  /** Everything that was found at the start. */
  const found = new Map<string, InstalledPackage>()
  const doubtful: string[] = []
  const bootId = (await readFile(bootIdFile, 'utf8').catch(() => 'unknown')).trim()
  let drops = 0

  const folderOf = (treeId: string): string => join(layout.versions, treeId)
  const entryOf = (
    treeId: string,
    manifest: TitleManifest,
    tree: FileTree,
  ): Omit<InstalledPackage, 'usedAtMs'> => ({
    treeId,
    manifest,
    folder: folderOf(treeId),
    sizeBytes: tree.sizeBytes,
    own: ownRoom(tree),
  })
  const trees = createTreeCache(async (treeId) => {
    const text = await readFile(join(layout.trees, treeId)).catch(() => null)
    return text === null ? null : (await reader.read(Uint8Array.from(text), treeId, null)).tree
  })
  const treeOf = (treeId: string): Promise<FileTree | null> => trees.find(treeId)

  async function load(treeId: string): Promise<void> {
    const folder = folderOf(treeId)
    const tree = await treeOf(treeId)
    const manifest = await manifestIn(join(folder, packageManifest))
    if (tree === null || manifest === null) return await putAway(folder)
    const { mtimeMs } = await stat(join(layout.trees, treeId))
    const entry = { ...entryOf(treeId, manifest, tree), usedAtMs: mtimeMs }
    found.set(treeId, entry)
    if (!doubtful.includes(treeId)) installed.set(treeId, entry)
  }

  /** Out of sight at once, then removed: a kill in between leaves nothing that looks like a version. */
  async function putAway(path: string): Promise<void> {
    const aside = join(layout.dropped, `${process.pid}-${Date.now()}-${(drops += 1)}`)
    await rename(path, aside).catch(ignoreMissing)
    await removeFolder(aside)
  }

  /** What was written down of a version that is neither here nor on its way any more. */
  async function forget(treeId: string): Promise<void> {
    trees.forget(treeId)
    await rm(join(layout.trees, treeId), { force: true })
    await rm(join(layout.unsettled, treeId), { force: true })
  }

  async function settle(treeId: string): Promise<void> {
    await removeFolder(join(layout.partial, treeId))
    await run('sync', ['-f', layout.versions])
    await rm(join(layout.unsettled, treeId), { force: true })
  }

  for (const name of await readdir(layout.dropped)) await removeFolder(join(layout.dropped, name))
  for (const treeId of await readdir(layout.unsettled))
    if ((await readFile(join(layout.unsettled, treeId), 'utf8')) !== bootId) doubtful.push(treeId)
  for (const treeId of await readdir(layout.versions)) await load(treeId)
  const begun = new Set(await readdir(layout.partial))
  for (const treeId of await readdir(layout.trees))
    if (!found.has(treeId) && !begun.has(treeId)) await forget(treeId)
  for (const treeId of await readdir(layout.unsettled))
    if (!found.has(treeId) && !begun.has(treeId)) await forget(treeId)

  const unlinkUnused = async (keys: Iterable<string>): Promise<void> =>
    await inLanes(keys, lanes, async (key) => {
      const file = await stat(layout.file(key)).catch(() => null)
      if (file?.nlink === 1) await unlink(layout.file(key)).catch(ignoreMissing)
    })

  return {
    layout,
    installed,
    treeOf,
    folderOf,
    async begin(treeId, tree, text) {
      const folder = join(layout.partial, treeId)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeWhole(join(layout.unsettled, treeId), bootId)
      await writeWhole(join(layout.trees, treeId), text)
      trees.keep(treeId, tree)
    },
    add(treeId, manifest, tree, nowMs) {
      installed.set(treeId, { ...entryOf(treeId, manifest, tree), usedAtMs: nowMs })
    },
    settle,
    doubt: (treeId) => writeWhole(join(layout.unsettled, treeId), 'in doubt'),
    use(treeId, nowMs) {
      const known = installed.get(treeId)
      if (known === undefined) return
      // Of two in one millisecond the later one is later.
      installed.delete(treeId)
      installed.set(treeId, { ...known, usedAtMs: nowMs })
      utimes(join(layout.trees, treeId), nowMs / 1000, nowMs / 1000).catch(() => {})
    },
    async drop(treeId, staying) {
      installed.delete(treeId)
      found.delete(treeId)
      const tree = await treeOf(treeId)
      await putAway(folderOf(treeId))
      await forget(treeId)
      if (tree === null) return
      const keys = await keysOf(tree)
      for (const key of staying) keys.delete(key)
      await unlinkUnused(keys)
    },
    async dropPartial(treeId) {
      await putAway(join(layout.partial, treeId))
      if (!installed.has(treeId) && !found.has(treeId)) await forget(treeId)
    },
    async dropOrphans(staying) {
      for (const shelf of await readdir(layout.files))
        await unlinkUnused((await readdir(join(layout.files, shelf))).filter((key) => !staying.has(key)))
    },
    async damagedFiles(files, signal) {
      const damaged: string[] = []
      for (const file of files) {
        signal.throwIfAborted()
        const path = layout.file(file.key)
        if ((await isThere(path)) && !((await looksWhole(path, file)) && (await isWhole(path, file))))
          damaged.push(file.key)
      }
      return damaged
    },
    async dropFiles(keys) {
      for (const key of keys) await rm(layout.file(key), { force: true })
    },
    async whichAreThere(files) {
      const there = new Set<string>()
      await inLanes(files, lanes, async (file) => {
        if (await looksWhole(layout.file(file.key), file)) there.add(file.key)
      })
      return there
    },
    async usage() {
      let usedBytes = [...installed.values()].reduce((sum, { own }) => sum + own.bytes, 0)
      for (const shelf of await readdir(layout.files))
        usedBytes += (await roomIn(join(layout.files, shelf))).bytes
      for (const treeId of await readdir(layout.partial))
        usedBytes += (await roomIn(join(layout.partial, treeId))).bytes
      const { bavail, bsize, files, ffree } = await statfs(layout.root)
      const freeInodes = files === 0 ? Infinity : Math.floor(ffree - files * keptInodes)
      return { usedBytes, freeBytes: bavail * bsize, freeInodes }
    },
    partials: () => readdir(layout.partial),
    partialRoom: (treeId) => roomIn(join(layout.partial, treeId)),
    doubtful,
    async trust(treeId) {
      const known = found.get(treeId)
      if (known !== undefined && !installed.has(treeId)) installed.set(treeId, known)
      await settle(treeId)
    },
  }
}

async function manifestIn(path: string): Promise<TitleManifest | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  const decoded = text === null ? null : decodeText(titleManifest, text)
  return decoded?.ok === true ? decoded.value : null
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** What its files take of the disk, holes not counted, and what a file system gives to each at least. */
async function roomIn(folder: string): Promise<Room> {
  let [bytes, inodes] = [0, 0]
  const names = await readdir(folder).catch((): string[] => [])
  await inLanes(names, lanes, async (name) => {
    const found = await stat(join(folder, name)).catch(() => null)
    if (found?.isFile() !== true) return
    bytes += Math.max(diskBytes(0), Math.min(found.size, found.blocks * 512))
    inodes += 1
  })
  return { bytes, inodes }
}

/** In its place at once, or not at all. */
async function writeWhole(path: string, text: string | Uint8Array): Promise<void> {
  const draft = `${path}.new`
  await writeFile(draft, text, { mode: 0o600 })
  await chmod(draft, 0o600)
  await rename(draft, path)
}

function ignoreMissing(cause: unknown): void {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
}
