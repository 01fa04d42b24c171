import type { FileTree } from './fileTree.ts'
import { inSlices } from './slices.ts'

/** Of all its files. */
export async function keysOf(tree: FileTree, into = new Set<string>()): Promise<Set<string>> {
  await inSlices(
    (function* () {
      for (const { key } of tree.stored()) yield void into.add(key)
    })(),
  )
  return into
}

/** Whether it has one of these files. */
export const namesAny = (tree: FileTree, keys: ReadonlySet<string>): Promise<boolean> =>
  inSlices(
    (function* () {
      for (const { key } of tree.stored()) {
        if (keys.has(key)) return true
        yield
      }
      return false
    })(),
  )
