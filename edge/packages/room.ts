/** Which versions have to go to make room. Pure. */
export interface Droppable {
  readonly treeId: string
  /** Bytes of its files by their keys. */
  readonly files: ReadonlyMap<string, number>
}

/**
 * @param bytes that have to become free
 * @param droppable the first goes first
 * @param staying keys of files that other versions have, or what is to be installed
 * @returns as few of them from the beginning as it takes; null: all of them are not enough, so none has to go
 */
export function whatToDrop(
  bytes: number,
  droppable: readonly Droppable[],
  staying: ReadonlySet<string>,
): readonly string[] | null {
  const users = new Map<string, number>()
  for (const { files } of droppable) for (const key of files.keys()) users.set(key, (users.get(key) ?? 0) + 1)
  const drop: string[] = []
  let left = bytes
  for (const { treeId, files } of droppable) {
    if (left <= 0) break
    drop.push(treeId)
    for (const [key, size] of files) {
      const others = (users.get(key) ?? 0) - 1
      users.set(key, others)
      if (others === 0 && !staying.has(key)) left -= size
    }
  }
  return left <= 0 ? drop : null
}
