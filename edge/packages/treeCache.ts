import type { FileTree } from './fileTree.ts'

/** Trees that were read once, the last used ones: every start of a session looks at one. */
export interface TreeCache {
  find(treeId: string): Promise<FileTree | null>
  keep(treeId: string, tree: FileTree): void
  forget(treeId: string): void
}

/** Some fifty builds of ten thousand files, or three of the largest. */
const usualBytes = 64 * 1024 * 1024

export function createTreeCache(
  read: (treeId: string) => Promise<FileTree | null>,
  maxBytes = usualBytes,
): TreeCache {
  /** The one that was used last is at the end. */
  const kept = new Map<string, FileTree>()
  const reading = new Map<string, Promise<FileTree | null>>()

  function keep(treeId: string, tree: FileTree): void {
    kept.delete(treeId)
    kept.set(treeId, tree)
    let bytes = [...kept.values()].reduce((sum, { heldBytes }) => sum + heldBytes, 0)
    for (const [oldest, { heldBytes }] of kept) {
      if (bytes <= maxBytes || oldest === treeId) return
      kept.delete(oldest)
      bytes -= heldBytes
    }
  }

  return {
    async find(treeId) {
      const known = kept.get(treeId)
      if (known !== undefined) {
        keep(treeId, known)
        return known
      }
      const now = reading.get(treeId) ?? read(treeId)
      reading.set(treeId, now)
      try {
        const tree = await now
        // Whoever forgot it meanwhile does not find it again.
        if (tree !== null && reading.get(treeId) === now) keep(treeId, tree)
        return tree
      } finally {
        if (reading.get(treeId) === now) reading.delete(treeId)
      }
    },
    keep,
    forget(treeId) {
      kept.delete(treeId)
      reading.delete(treeId)
    },
  }
}
