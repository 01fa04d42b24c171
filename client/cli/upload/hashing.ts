/** Between the program and `hashWorker.ts`, which reads files and hashes them in blocks. */

/** Some blocks of one file. */
export interface HashPart {
  readonly fileIndex: number
  /** Absolute. */
  readonly file: string
  /** Of the whole file, as it was listed. */
  readonly size: number
  readonly mtimeNs: bigint
  /** Of its first block, and how many. */
  readonly fromBlock: number
  readonly blocks: number
}

export interface HashTask {
  readonly taskId: number
  readonly blockBytes: number
  readonly parts: readonly HashPart[]
}

export type HashAnswer =
  /** Hashes of each part. */
  | { readonly kind: 'done'; readonly taskId: number; readonly hashes: readonly (readonly string[])[] }
  | { readonly kind: 'changed'; readonly taskId: number; readonly file: string }
  | { readonly kind: 'unreadable'; readonly taskId: number; readonly file: string; readonly why: string }

const taskBytes = 16 * 1024 * 1024
const taskParts = 256

/** Pure: work in portions, so that many small files cost few messages, and a large one is shared out. */
export function* hashTasks(
  files: readonly { readonly file: string; readonly size: number; readonly mtimeNs: bigint }[],
  blockBytes: number,
): Generator<HashTask> {
  let parts: HashPart[] = []
  let bytes = 0
  let taskId = 0
  for (const [fileIndex, { file, size, mtimeNs }] of files.entries()) {
    const all = Math.ceil(size / blockBytes)
    for (let fromBlock = 0; fromBlock < all; ) {
      const room = Math.max(1, Math.floor((taskBytes - bytes) / blockBytes))
      const blocks = Math.min(all - fromBlock, room)
      parts.push({ fileIndex, file, size, mtimeNs, fromBlock, blocks })
      bytes += Math.min(blocks * blockBytes, size - fromBlock * blockBytes)
      fromBlock += blocks
      if (bytes < taskBytes && parts.length < taskParts) continue
      yield { taskId: taskId++, blockBytes, parts }
      parts = []
      bytes = 0
    }
  }
  if (parts.length > 0) yield { taskId, blockBytes, parts }
}
