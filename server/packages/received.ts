import { NearcadeError } from '../../config/errors.ts'
import type { PackageStore } from '../store/packageStore.ts'
import { chargeOf } from './charge.ts'
import type { ChunkList } from './chunkList.ts'

/** Which chunks of a content an organisation has brought. */
export interface Received {
  readonly chunks: ChunkList
  readonly missingCount: number
  readonly missingBytes: number
  /** What they would cost. */
  readonly missingCharge: number
  isMissing(index: number): boolean
  /** It has come. */
  came(sha256: string): void
  /** In the order of the content. */
  missing(most: number): string[]
}

/** Of one question: others ask too. */
const atOnce = 4096

/** @throws NearcadeError package-refused for a chunk that has other bytes */
export async function receivedOf(
  store: Pick<PackageStore, 'had'>,
  orgId: string,
  chunks: ChunkList,
): Promise<Received> {
  const received = noneReceived(chunks)
  for (let from = 0; from < chunks.length; from += atOnce) {
    const had = await store.had(orgId, chunks.hashes(from, from + atOnce))
    for (const [sha256, hadBytes] of had) {
      const bytes = chunks.bytesAt(chunks.find(sha256))
      if (hadBytes !== bytes)
        throw new NearcadeError('package-refused', [
          `the chunk ${sha256} has ${hadBytes} bytes, not ${bytes}`,
        ])
      received.came(sha256)
    }
  }
  return received
}

function noneReceived(chunks: ChunkList): Received {
  const there = new Uint8Array(chunks.length)
  let missingCount = chunks.length
  let missingBytes = chunks.totalBytes
  let missingCharge = 0
  for (let index = 0; index < chunks.length; index += 1) missingCharge += chargeOf(chunks.bytesAt(index))
  /** All before it are there. */
  let first = 0
  return {
    chunks,
    get missingCount() {
      return missingCount
    },
    get missingBytes() {
      return missingBytes
    },
    get missingCharge() {
      return missingCharge
    },
    isMissing: (index) => there[index] === 0,
    came(sha256) {
      const index = chunks.find(sha256)
      if (index < 0 || there[index] !== 0) return
      there[index] = 1
      missingCount -= 1
      missingBytes -= chunks.bytesAt(index)
      missingCharge -= chargeOf(chunks.bytesAt(index))
    },
    missing(most) {
      while (first < chunks.length && there[first] !== 0) first += 1
      const list: string[] = []
      for (let index = first; index < chunks.length && list.length < most; index += 1)
        if (there[index] === 0) list.push(...chunks.hashes(index, index + 1))
      return list
    },
  }
}
