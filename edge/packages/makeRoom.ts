import { NearcadeError } from '../../config/errors.ts'
import type { FileTree } from './fileTree.ts'
import { keysOf } from './keys.ts'
import { diskBytes } from './layout.ts'
import { ownRoom, type PackageStore } from './packageStore.ts'
import { type Droppable, type Room, whatToDrop } from './room.ts'
import { inSlices } from './slices.ts'

export interface RoomOptions {
  readonly store: PackageStore
  readonly treeId: string
  /** Of the version that is to be installed, and what of it is in the store. */
  readonly tree: FileTree
  readonly there: ReadonlySet<string>
  /** What the router wants this node to have, the most wanted first. */
  readonly wanted: readonly string[]
  /** What sessions play. It stays. */
  readonly inUse: ReadonlySet<string>
  readonly maxBytes: number
  /** Of the disk, left to others. */
  readonly keepFreeBytes: number
}

/**
 * Makes room: first what was begun and is wanted no more, then versions that nobody asked for, those played longest ago first, then what is
 * wanted less.
 * @returns the versions that went
 * @throws NearcadeError node-full: it cannot be done, and nothing that is whole went
 */
export async function makeRoom(options: RoomOptions): Promise<readonly string[]> {
  const { store, treeId, tree, there, wanted, inUse } = options
  const own = ownRoom(tree)
  const files = await filesRoom(tree, there)
  const begun = await store.partialRoom(treeId)
  const neededBytes = files.bytes - begun.bytes
  const shortage = async (): Promise<Room> => {
    const { usedBytes, freeBytes, freeInodes } = await store.usage()
    return {
      bytes: Math.max(
        usedBytes + own.bytes + neededBytes - options.maxBytes,
        // What changes nothing asks for nothing, however full the disk is.
        neededBytes <= 0 ? 0 : neededBytes - (freeBytes - options.keepFreeBytes),
      ),
      inodes: files.inodes - begun.inodes + own.inodes - freeInodes,
    }
  }
  const isEnough = ({ bytes, inodes }: Room): boolean => bytes <= 0 && inodes <= 0
  if (isEnough(await shortage())) return []
  const staying = await keysOf(tree)
  for (const other of wanted) {
    const coming = store.installed.has(other) ? null : await store.treeOf(other)
    if (coming !== null) await keysOf(coming, staying)
  }
  for (const other of await store.partials())
    if (other !== treeId && !wanted.includes(other)) await store.dropPartial(other)
  await store.dropOrphans(staying)
  const short = await shortage()
  if (isEnough(short)) return []

  const rank = wanted.indexOf(treeId)
  const unlisted = [...store.installed.values()]
    .filter((one) => !wanted.includes(one.treeId))
    .toSorted((a, b) => a.usedAtMs - b.usedAtMs)
    .map((one) => one.treeId)
  const less = wanted.slice(rank + 1).filter((other) => store.installed.has(other))
  const mayGo = [...unlisted, ...less.toReversed()].filter((other) => !inUse.has(other))
  const droppable: Droppable[] = []
  for (const other of [...store.installed.keys()]) {
    const known = await store.treeOf(other)
    if (known === null) continue
    if (!mayGo.includes(other)) await keysOf(known, staying)
    else droppable.push({ treeId: other, own: ownRoom(known), files: () => sizesIn(known) })
  }
  droppable.sort((a, b) => mayGo.indexOf(a.treeId) - mayGo.indexOf(b.treeId))
  const drop = await inSlices(whatToDrop(short, droppable, staying))
  if (drop === null)
    throw new NearcadeError('node-full', [
      short.bytes > 0
        ? `${Math.ceil(short.bytes / 1024 ** 2)} MiB are missing`
        : `room for ${short.inodes} files is missing`,
    ])
  for (const other of drop) await store.drop(other, staying)
  return drop
}

function* sizesIn(tree: FileTree): Iterable<readonly [string, number]> {
  for (const { key, size } of tree.stored()) yield [key, diskBytes(size)]
}

/** What its files take beside those that are there. */
function filesRoom(tree: FileTree, there: ReadonlySet<string>): Promise<Room> {
  return inSlices(
    (function* () {
      let [bytes, inodes] = [0, 0]
      for (const [key, size] of sizesIn(tree)) {
        yield
        if (there.has(key)) continue
        bytes += size
        inodes += 1
      }
      return { bytes, inodes }
    })(),
  )
}
