import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { HashAnswer, HashPart, HashTask } from './hashing.ts'

/** A file that is not what was listed any more. */
class Changed extends Error {}

let buffer = Buffer.alloc(0)

function hashPart({ file, size, mtimeNs, fromBlock, blocks }: HashPart, blockBytes: number): string[] {
  if (buffer.length < blockBytes) buffer = Buffer.allocUnsafeSlow(blockBytes)
  const handle = openSync(file, 'r')
  try {
    const hashes: string[] = []
    for (let block = fromBlock; block < fromBlock + blocks; block += 1) {
      const from = block * blockBytes
      const wanted = Math.min(blockBytes, size - from)
      let filled = 0
      while (filled < wanted) {
        const read = readSync(handle, buffer, filled, wanted - filled, from + filled)
        if (read === 0) throw new Changed()
        filled += read
      }
      hashes.push(createHash('sha256').update(buffer.subarray(0, wanted)).digest('hex'))
    }
    const now = fstatSync(handle, { bigint: true })
    if (now.size !== BigInt(size) || now.mtimeNs !== mtimeNs) throw new Changed()
    return hashes
  } finally {
    closeSync(handle)
  }
}

function answerTo({ taskId, parts, blockBytes }: HashTask): HashAnswer {
  const hashes: string[][] = []
  for (const part of parts) {
    try {
      hashes.push(hashPart(part, blockBytes))
    } catch (cause) {
      const { file } = part
      if (cause instanceof Changed) return { kind: 'changed', taskId, file }
      return { kind: 'unreadable', taskId, file, why: cause instanceof Error ? cause.message : String(cause) }
    }
  }
  return { kind: 'done', taskId, hashes }
}

parentPort?.on('message', (task: HashTask) => parentPort?.postMessage(answerTo(task)))
