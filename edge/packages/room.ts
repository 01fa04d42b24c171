/** Which versions have to go to make room. Pure. */
export interface Room {
  readonly bytes: number
  /** Files, folders and links that a file system can still take. */
  readonly inodes: number
}

export interface Droppable {
  readonly treeId: string
  /** Keys and bytes on the disk of its files. */
  files(): Iterable<readonly [string, number]>
  /** What nobody shares with it: its folders and links. */
  readonly own: Room
}

/**
 * Given step by step, because there may be a hundred thousand files in each.
 * @param short what has to become free
 * @param droppable the first goes first
 * @param staying keys of files that other versions have, or what is to be installed
 * @returns as few of them from the beginning as it takes; null: all of them are not enough, so none has to go
 */
export function* whatToDrop(
  short: Room,
  droppable: readonly Droppable[],
  staying: ReadonlySet<string>,
): Generator<void, readonly string[] | null> {
  const users = new Map<string, number>()
  for (const { files } of droppable)
    for (const [key] of files()) {
      users.set(key, (users.get(key) ?? 0) + 1)
      yield
    }
  const drop: string[] = []
  let { bytes, inodes } = short
  for (const { treeId, files, own } of droppable) {
    if (bytes <= 0 && inodes <= 0) break
    drop.push(treeId)
    bytes -= own.bytes
    inodes -= own.inodes
    for (const [key, size] of files()) {
      yield
      const others = (users.get(key) ?? 0) - 1
      users.set(key, others)
      if (others > 0 || staying.has(key)) continue
      bytes -= size
      inodes -= 1
    }
  }
  return bytes <= 0 && inodes <= 0 ? drop : null
}
