import { NearcadeError } from '../../config/errors.ts'
import type { StoredFile } from './layout.ts'
import { storedFiles } from './layout.ts'
import type { PackageStore } from './packageStore.ts'
import { type Droppable, whatToDrop } from './room.ts'

export interface RoomOptions {
  readonly store: PackageStore
  readonly treeId: string
  /** Of the version that is to be installed, and what of it is in the store. */
  readonly stored: ReadonlyMap<string, StoredFile>
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
  const { store, treeId, stored, there, wanted, inUse } = options
  let neededBytes = -(await store.partialBytes(treeId))
  for (const { key, size } of stored.values()) if (!there.has(key)) neededBytes += size
  const shortBytes = async (): Promise<number> => {
    const { usedBytes, freeBytes } = await store.usage()
    return Math.max(
      usedBytes + neededBytes - options.maxBytes,
      // What changes nothing asks for nothing, however full the disk is.
      neededBytes <= 0 ? 0 : neededBytes - (freeBytes - options.keepFreeBytes),
    )
  }
  if ((await shortBytes()) <= 0) return []
  const staying = new Set(stored.keys())
  for (const other of wanted)
    if (!store.installed.has(other))
      for (const key of storedFiles((await store.treeOf(other)) ?? nothing).stored.keys()) staying.add(key)
  for (const other of await store.partials())
    if (other !== treeId && !wanted.includes(other)) await store.dropPartial(other)
  await store.dropOrphans(staying)
  const short = await shortBytes()
  if (short <= 0) return []

  const rank = wanted.indexOf(treeId)
  const unlisted = [...store.installed.values()]
    .filter((one) => !wanted.includes(one.treeId))
    .toSorted((a, b) => a.usedAtMs - b.usedAtMs)
    .map((one) => one.treeId)
  const less = wanted.slice(rank + 1).filter((other) => store.installed.has(other))
  const mayGo = [...unlisted, ...less.toReversed()].filter((other) => !inUse.has(other))
  const droppable: Droppable[] = []
  for (const other of [...store.installed.keys()]) {
    const files = storedFiles((await store.treeOf(other)) ?? nothing).stored
    if (!mayGo.includes(other)) for (const key of files.keys()) staying.add(key)
    else
      droppable.push({
        treeId: other,
        files: new Map([...files.values()].map(({ key, size }) => [key, size])),
      })
  }
  droppable.sort((a, b) => mayGo.indexOf(a.treeId) - mayGo.indexOf(b.treeId))
  const drop = whatToDrop(short, droppable, staying)
  if (drop === null) throw new NearcadeError('node-full', [`${Math.ceil(short / 1024 ** 2)} MiB are missing`])
  for (const other of drop) await store.drop(other, staying)
  return drop
}

const nothing = { files: [], links: [] }
