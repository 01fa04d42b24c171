import { constants } from 'node:fs'
import { chmod, copyFile, link, mkdir, rename, symlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { inLanes } from '../saves/lanes.ts'
import type { FileTree } from './fileTree.ts'
import { newFolders } from './flatTree.ts'
import { folderMode, type Layout, modeOf, mtimeSOf } from './layout.ts'
import { removeFolder } from './removeFolder.ts'
import { createPace } from './slices.ts'

const lanes = 8

/** Makes a version's folder of files that are all in the store: aside, then in its place at once. */
export async function assemble(
  layout: Layout,
  treeId: string,
  tree: FileTree,
  signal: AbortSignal,
): Promise<void> {
  const draft = join(layout.partial, treeId, 'folder')
  const pace = createPace()
  await removeFolder(draft)
  const folders = new Set<string>()
  const make = async (path: string): Promise<void> => {
    await mkdir(path)
    await chmod(path, folderMode)
  }
  await make(draft)
  for (const list of [tree.files(), tree.links()])
    for (const { path } of list) {
      await pace()
      for (const folder of newFolders(path, folders)) {
        signal.throwIfAborted()
        folders.add(folder)
        await make(join(draft, folder))
      }
    }
  await inLanes(tree.files(), lanes, async ({ path, file: { key, executable } }) => {
    signal.throwIfAborted()
    const target = join(draft, path)
    try {
      await link(layout.file(key), target)
    } catch (cause) {
      // A file system counts only so many names of one file.
      if ((cause as NodeJS.ErrnoException).code !== 'EMLINK') throw cause
      await copyFile(layout.file(key), target, constants.COPYFILE_FICLONE)
      await chmod(target, modeOf(executable))
      await utimes(target, mtimeSOf(key), mtimeSOf(key))
    }
  })
  for (const { path, target } of tree.links()) await symlink(target, join(draft, path))
  await rename(draft, join(layout.versions, treeId))
}
