import { constants } from 'node:fs'
import { chmod, copyFile, link, mkdir, rename, rm, symlink, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PackageTree } from '../../config/protocol/package.ts'
import { inLanes } from '../saves/lanes.ts'
import { folderMode, type Layout, modeOf, mtimeSOf, storedFiles } from './layout.ts'

const lanes = 8

/** Makes a version's folder of files that are all in the store: aside, then in its place at once. */
export async function assemble(
  layout: Layout,
  treeId: string,
  tree: PackageTree,
  signal: AbortSignal,
): Promise<void> {
  const draft = join(layout.partial, treeId, 'folder')
  const { keys, stored } = storedFiles(tree)
  await rm(draft, { recursive: true, force: true })
  const folders = new Set<string>(['.'])
  for (const { path } of [...tree.files, ...tree.links])
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder)
  for (const folder of [...folders].toSorted((a, b) => a.length - b.length)) {
    const path = join(draft, folder)
    await mkdir(path)
    await chmod(path, folderMode)
  }
  await inLanes(tree.files, lanes, async ({ path, executable }) => {
    signal.throwIfAborted()
    const key = keys.get(path) ?? ''
    const target = join(draft, path)
    try {
      await link(layout.file(key), target)
    } catch (cause) {
      // A file system counts only so many names of one file.
      if ((cause as NodeJS.ErrnoException).code !== 'EMLINK' || !stored.has(key)) throw cause
      await copyFile(layout.file(key), target, constants.COPYFILE_FICLONE)
      await chmod(target, modeOf(executable))
      await utimes(target, mtimeSOf(key), mtimeSOf(key))
    }
  })
  for (const { path, target } of tree.links) await symlink(target, join(draft, path))
  await rename(draft, join(layout.versions, treeId))
}
