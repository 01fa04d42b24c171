import { randomBytes } from 'node:crypto'

/**
 * The chunks of a content, each once, in its order: 36 bytes each, their SHA-256 and their length. However many they are, it goes from one thread
 * to another as it is, and asks nothing of the collector.
 */
export interface ChunkList {
  readonly length: number
  /** As `packChunks` makes it. */
  readonly packed: Uint8Array<ArrayBuffer>
  readonly totalBytes: number
  bytesAt(index: number): number
  /** 64 hex digits each. @param to the end is not included */
  hashes(from?: number, to?: number): string[]
  /** -1: it is none of them. */
  find(sha256: string): number
}

const hashBytes = 32
const entryBytes = hashBytes + 4
const words = hashBytes / 4

/** @param sizes in bytes, by hash */
export function packChunks(sizes: ReadonlyMap<string, number>): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(sizes.size * entryBytes)
  const view = Buffer.from(packed.buffer)
  let at = 0
  for (const [sha256, bytes] of sizes) {
    view.write(sha256, at, 'hex')
    view.writeUInt32BE(bytes, at + hashBytes)
    at += entryBytes
  }
  return packed
}

export function createChunkList(packed: Uint8Array<ArrayBuffer>): ChunkList {
  const view = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  const length = view.length / entryBytes
  const bytesAt = (index: number): number => view.readUInt32BE(index * entryBytes + hashBytes)
  const hashAt = (index: number): string =>
    view.toString('hex', index * entryBytes, index * entryBytes + hashBytes)
  let totalBytes = 0
  for (let index = 0; index < length; index += 1) totalBytes += bytesAt(index)
  let find: ChunkList['find'] | null = null
  return {
    length,
    packed,
    totalBytes,
    bytesAt,
    hashes: (from = 0, to = length) =>
      Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, at) => hashAt(from + at)),
    find(sha256) {
      find ??= finderIn(view, length)
      return find(sha256)
    },
  }
}

/**
 * Open addressing at less than half full. Whoever uploads names hashes that no bytes ever had, so where each goes depends on numbers that nobody
 * knows: a multilinear hash (Carter and Wegman 1979, section 3), whose chains are short whatever the keys.
 */
function finderIn(view: Buffer, length: number): ChunkList['find'] {
  const bits = Math.max(4, Math.ceil(Math.log2(2 * length + 1)))
  const mask = 2 ** bits - 1
  const table = new Int32Array(mask + 1).fill(-1)
  const secret = new Uint32Array(randomBytes(words * 4).buffer.slice(0, words * 4)).map((word) => word | 1)
  const slotOf = (from: Buffer, at: number): number => {
    let sum = 0
    for (let word = 0; word < words; word += 1)
      sum = (sum + Math.imul(from.readInt32LE(at + word * 4), secret[word] ?? 1)) | 0
    return sum >>> (32 - bits)
  }
  for (let index = 0; index < length; index += 1) {
    let slot = slotOf(view, index * entryBytes)
    while ((table[slot] ?? -1) >= 0) slot = (slot + 1) & mask
    table[slot] = index
  }
  const key = Buffer.alloc(hashBytes)
  return (sha256) => {
    if (key.write(sha256, 0, 'hex') !== hashBytes) return -1
    for (let slot = slotOf(key, 0); ; slot = (slot + 1) & mask) {
      const index = table[slot] ?? -1
      if (index < 0) return -1
      const at = index * entryBytes
      if (view.compare(key, 0, hashBytes, at, at + hashBytes) === 0) return index
    }
  }
}
