import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NearcadeError } from '../../config/errors.ts'
import { decodeText } from '../../config/protocol/decode.ts'
import type { WantedPackage } from '../../config/protocol/nodeSocket.ts'
import { chunkBytesAt, packageManifest } from '../../config/protocol/package.ts'
import { hostFaults } from '../../config/protocol/packageHost.ts'
import { type TitleManifest, titleManifest } from '../../config/protocol/title.ts'
import type { NodeClock } from '../agent/nodeClock.ts'
import { assemble } from './assemble.ts'
import { fetchChunks, fetchSome } from './fetchChunks.ts'
import type { FileTree } from './fileTree.ts'
import { diskBytes, type StoredFile } from './layout.ts'
import { takeFromStore } from './localChunks.ts'
import { makeRoom } from './makeRoom.ts'
import type { PackageStore } from './packageStore.ts'
import { openPartialFiles, type PartialFiles } from './partialFiles.ts'
import type { RemotePackages } from './remote.ts'
import { seatFault, type SeatShare } from './seatShare.ts'
import { inSlices } from './slices.ts'
import type { TreeReader } from './treeReader.ts'

export interface InstallOptions {
  readonly store: PackageStore
  readonly remote: RemotePackages
  readonly reader: TreeReader
  readonly clock: NodeClock
  readonly maxBytes: number
  /** What a game may take here. */
  readonly seat: SeatShare
  readonly keepFreeBytes: number
  lanes(): number
  wanted(): readonly string[]
  inUse(): ReadonlySet<string>
  /** Versions went to make room. */
  onDropped(treeIds: readonly string[]): void
  /** Versions have files whose bytes are wrong. */
  onDamaged(treeIds: readonly string[]): void
  onProgress(doneBytes: number, totalBytes: number): void
}

/** Where the bytes of a version came from. */
export interface Installed {
  readonly manifest: TitleManifest
  readonly tree: FileTree
  readonly totalBytes: number
  /** From the router. */
  readonly fetchedBytes: number
  /** Whole files that were there: they take no more of the disk. */
  readonly sharedBytes: number
}

const maxManifestBytes = 1024 * 1024
/** Of a node's quota: one publisher's build is not to drive out all others. */
const largestShare = 1 / 2
/** Files, links and folders: twice what a build may have of the first two (config/protocol/package.ts). */
const maxEntries = 200_000

/**
 * Installs a version: whole, or not at all. What a call that failed or was killed has fetched stays for the next.
 * @throws NearcadeError package-unusable, package-too-large, manifest-refused, seat-too-small, node-lacks, node-full; Refusal; Error
 */
export async function install(
  want: WantedPackage,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<Installed> {
  const { treeId } = want
  const { store, clock } = options
  const { layout } = store
  const tree = (await store.treeOf(treeId)) ?? (await begun(want, options, signal))
  const there = await store.whichAreThere(tree.stored())
  const { totalBytes, sharedBytes, onDiskBytes } = await sizesOf(tree, there)
  demandSize(onDiskBytes, options)
  options.onDropped(
    await makeRoom({ ...options, treeId, tree, there, wanted: options.wanted(), inUse: options.inUse() }),
  )

  const into = await openPartialFiles(layout, join(layout.partial, treeId), filesBut(tree, there), signal)
  let fetchedBytes = 0
  const fetching = {
    remote: options.remote,
    treeId,
    into,
    lanes: () => options.lanes(),
    clock,
    signal,
    onBytes(bytes: number): void {
      fetchedBytes += bytes
      options.onProgress(sharedBytes + into.doneBytes, totalBytes)
    },
  }
  try {
    // Before anything else: whether it may be installed at all.
    const first = manifestChunks(tree, into)
    if (first.size > 0) await fetchSome(first, fetching)
    const manifest = await readManifest(layout.file(tree.find(packageManifest)?.key ?? ''))
    await demandPlayable(manifest, want, options)
    options.onDamaged(await takeFromVersions(want.titleId, into, options, signal))
    options.onProgress(sharedBytes + into.doneBytes, totalBytes)
    await fetchChunks(fetching)
    await assemble(layout, treeId, tree, signal)
    return { manifest, tree, totalBytes, fetchedBytes, sharedBytes }
  } finally {
    await into.close()
  }
}

/** @throws NearcadeError manifest-refused, seat-too-small, node-lacks */
async function demandPlayable(
  manifest: TitleManifest,
  { titleId, version }: WantedPackage,
  options: InstallOptions,
): Promise<void> {
  if (manifest.id !== titleId || manifest.version !== version)
    throw new NearcadeError('manifest-refused', [`it says ${manifest.id} ${manifest.version}`])
  const tooLarge = seatFault(manifest, options.seat)
  if (tooLarge !== null) throw new NearcadeError('seat-too-small', [tooLarge])
  await hostHas(manifest)
}

/** Asks the router for the tree, and writes it down. */
async function begun(
  { treeId, sizeBytes }: WantedPackage,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<FileTree> {
  const { store, remote, reader, maxBytes } = options
  demandSize(sizeBytes, options)
  const read = await reader.read(await remote.tree(treeId, signal), treeId, { maxBytes, maxEntries })
  if (read.tree === null) throw new NearcadeError('package-unusable', [read.fault])
  await store.begin(treeId, read.tree, read.text)
  return read.tree
}

/** @throws NearcadeError package-too-large */
function demandSize(bytes: number, { maxBytes }: InstallOptions): void {
  if (bytes > maxBytes * largestShare)
    throw new NearcadeError('package-too-large', [
      `${Math.ceil(bytes / 1024 ** 2)} MiB are more than ${Math.floor((maxBytes * largestShare) / 1024 ** 2)} MiB`,
    ])
}

const sizesOf = (tree: FileTree, there: ReadonlySet<string>) =>
  inSlices(
    (function* () {
      const sizes = { totalBytes: 0, sharedBytes: 0, onDiskBytes: 0 }
      for (const { key, size } of tree.stored()) {
        sizes.totalBytes += size
        sizes.onDiskBytes += diskBytes(size)
        if (there.has(key)) sizes.sharedBytes += size
        yield
      }
      return sizes
    })(),
  )

function* filesBut(tree: FileTree, there: ReadonlySet<string>): Iterable<StoredFile> {
  for (const file of tree.stored()) if (!there.has(file.key)) yield file
}

function manifestChunks(tree: FileTree, { missing }: PartialFiles): ReadonlyMap<string, number> {
  const file = tree.find(packageManifest)
  if (file === null || file.size > maxManifestBytes)
    throw new NearcadeError('manifest-refused', [
      `${packageManifest} is larger than ${maxManifestBytes} bytes`,
    ])
  const chunks = file.chunks.map((sha256, index): [string, number] => [
    sha256,
    chunkBytesAt(file.size, index),
  ])
  return new Map(chunks.filter(([sha256]) => missing.has(sha256)))
}

async function readManifest(path: string): Promise<TitleManifest> {
  const decoded = decodeText(titleManifest, await readFile(path, 'utf8'))
  if (!decoded.ok) throw new NearcadeError('manifest-refused', decoded.error.details)
  const faults = hostFaults(decoded.value)
  if (faults.length > 0)
    throw new NearcadeError(
      'manifest-refused',
      faults.map(({ field, what }) => `${field}: ${what}`),
    )
  return decoded.value
}

async function hostHas({ runtime: { needs, packages } }: TitleManifest): Promise<void> {
  const missing: string[] = []
  for (const path of needs) await access(path).catch(() => missing.push(path))
  if (missing.length > 0)
    throw new NearcadeError('node-lacks', [missing.join(', '), `Debian: ${packages.join(' ')}`])
}

/** Versions of the same title first: most of what has not changed is there. */
async function takeFromVersions(
  titleId: string,
  into: PartialFiles,
  { store }: InstallOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const damaged: string[] = []
  const versions = [...store.installed.values()]
  const isOther = ({ manifest }: { manifest: TitleManifest }): number => Number(manifest.id !== titleId)
  for (const { treeId } of versions.toSorted((a, b) => isOther(a) - isOther(b))) {
    if (into.missing.size === 0) break
    const tree = await store.treeOf(treeId)
    const wrong = tree === null ? [treeId] : await takeFromStore(store.layout, tree.stored(), into, signal)
    if (wrong.length > 0) damaged.push(treeId)
  }
  return damaged
}
