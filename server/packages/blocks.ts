import { packageChunkBytes } from '../../config/protocol/package.ts'

/**
 * Room for chunks on their way, used again and again: memory outside of the heap that is left to the collector grows by hundreds of MiB before
 * it is looked at.
 */
export interface Blocks {
  /** Of just that length; its bytes are anything. */
  take(length: number): Uint8Array<ArrayBuffer>
  /** Once, and only what `take` gave; nobody may look at it after that. */
  give(bytes: Uint8Array<ArrayBuffer>): void
}

/** Small ones are cheap, and would hold much more than they need. */
const leastBytes = 64 * 1024

/** @param most that are kept for the next one */
export function createBlocks(most: number): Blocks {
  const free: ArrayBuffer[] = []
  return {
    take(length) {
      if (length < leastBytes) return new Uint8Array(length)
      return new Uint8Array(free.pop() ?? new ArrayBuffer(packageChunkBytes), 0, length)
    },
    give({ buffer }) {
      if (buffer.byteLength === packageChunkBytes && free.length < most) free.push(buffer)
    },
  }
}
