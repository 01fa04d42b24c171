import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileTree } from './fileTree.ts'
import { keysOf, namesAny } from './keys.ts'
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
  const damaged = await store.damagedFiles(tree.stored(), signal)
  if (damaged.length === 0 && (await isMadeOfStore(store, treeId, tree))) {
    await store.trust(treeId)
    return []
  }
  const others: string[] = []
  for (const other of store.installed.keys()) {
    const files = other === treeId || damaged.length === 0 ? null : await store.treeOf(other)
    if (files !== null && (await namesAny(files, new Set(damaged)))) others.push(other)
  }
  for (const other of others) await store.doubt(other)
  // The names go from the store alone: whoever plays another version with them goes on with what it has.
  await store.dropFiles(damaged)
  await store.drop(treeId, await keysOf(tree))
  return others
}

/** Whether the very files of the store are what the version has: a wrong one that was taken out of the store is still in there. */
async function isMadeOfStore(store: PackageStore, treeId: string, tree: FileTree): Promise<boolean> {
  const folder = store.folderOf(treeId)
  if ((await touchedSince(folder, tree)) !== null) return false
  const inode = (path: string): Promise<number | null> =>
    stat(path).then(
      ({ ino }) => ino,
      () => null,
    )
  for (const { path, file } of tree.files())
    if ((await inode(join(folder, path))) !== (await inode(store.layout.file(file.key)))) return false
  return true
}
