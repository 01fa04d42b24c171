import type { Room } from '../blobs/blobStore.ts'

/** Players' saves and the database stand on the same disk: packages leave them some of it. */
const GiB = 1024 ** 3
const leastBytes = 5 * GiB
const leastFiles = 10_000
/** Of a large disk. */
const leastShare = 0.02
/** Of a small one, on which nothing else would be left for packages. */
const mostShare = 0.1

const floorOf = (least: number, all: number): number =>
  Math.min(Math.max(least, all * leastShare), all * mostShare)

/**
 * Pure.
 * @param comingBytes that the disk does not know of yet
 * @param keepFreeBytes null: 5 GiB or 2 % of the disk, whichever is more, and no more than a tenth of it
 */
export function isDiskFull(room: Room, comingBytes: number, keepFreeBytes: number | null): boolean {
  const { freeBytes, totalBytes, freeFiles, totalFiles } = room
  if (freeBytes - comingBytes < (keepFreeBytes ?? floorOf(leastBytes, totalBytes))) return true
  // Some file systems make inodes as they are needed, and say that there are none.
  return totalFiles > 0 && freeFiles < floorOf(leastFiles, totalFiles)
}
