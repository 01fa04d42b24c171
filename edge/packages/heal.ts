import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PackageTree } from '../../config/protocol/package.ts'
import { storedFiles } from './layout.ts'
import type { PackageStore } from './packageStore.ts'
import { touchedSince } from './wholeness.ts'

/**
 * Reads a version through that may not be right. If it is not, it goes, and the files in it whose bytes are wrong; the rest of it is there for
 * the next install.
 * @returns other versions that have such a file
 */
export async function heal(
  store: PackageStore,
  treeId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const tree = await store.treeOf(treeId)
  if (tree === null) {
    await store.drop(treeId, new Set())
    return []
  }
  const { stored } = storedFiles(tree)
  const damaged = await store.damagedFiles(stored.values(), signal)
  if (damaged.length === 0 && (await isMadeOfStore(store, treeId, tree))) {
    await store.trust(treeId)
    return []
  }
  const others: string[] = []
  for (const other of store.installed.keys()) {
    const files = other === treeId || damaged.length === 0 ? null : await store.treeOf(other)
    if (files !== null && damaged.some((key) => storedFiles(files).stored.has(key))) others.push(other)
  }
  for (const other of others) await store.doubt(other)
  // The names go from the store alone: whoever plays another version with them goes on with what it has.
  await store.dropFiles(damaged)
  await store.drop(treeId, new Set(stored.keys()))
  return others
}

/** Whether the very files of the store are what the version has: a wrong one that was taken out of the store is still in there. */
async function isMadeOfStore(store: PackageStore, treeId: string, tree: PackageTree): Promise<boolean> {
  const { keys } = storedFiles(tree)
  const folder = store.folderOf(treeId)
  if ((await touchedSince(folder, tree)) !== null) return false
  const inode = (path: string): Promise<number | null> =>
    stat(path).then(
      ({ ino }) => ino,
      () => null,
    )
  for (const [path, key] of keys)
    if ((await inode(join(folder, path))) !== (await inode(store.layout.file(key)))) return false
  return true
}
