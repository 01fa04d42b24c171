import { NearcadeError } from '../../config/errors.ts'
import { packageChunkBytes } from '../../config/protocol/package.ts'
import type { Frame } from '../../config/protocol/packageFrames.ts'
import type { BlobStore } from '../blobs/blobStore.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { PackageStore, StoredChunk } from '../store/packageStore.ts'
import { chargeOf } from './charge.ts'
import { isDiskFull } from './diskFloor.ts'
import { createGate } from './gate.ts'

/** Chunks on their way into the store of blobs and out of it, so that none is swept while somebody counts on it. */
export interface Chunks {
  /**
   * Keeps chunks for an organisation, side by side, and notes that it has them: those that came before a failure too.
   * @param done is told once nobody looks at a frame's bytes any more
   * @throws NearcadeError over-quota, store-full, wrong-content, and whatever `frames` throws
   */
  bring(
    orgId: string,
    frames: AsyncIterable<Frame>,
    done?: (frame: Frame) => void,
  ): Promise<readonly StoredChunk[]>
  /** Keeps a blob that is nobody's chunk until `note` has put it on record as the organisation's. */
  withBlob<T>(orgId: string, sha256: string, bytes: Uint8Array, note: () => Promise<T>): Promise<T>
  /** @param charge as `charge.ts` counts it @throws NearcadeError over-quota when so much more would be too much */
  demandRoom(orgId: string, charge: number): Promise<void>
  /** Deletes those of these blobs that nothing needs. @returns how many went */
  drop(hashes: readonly string[]): Promise<number>
  /** Takes the organisation's claim off chunks that nothing names, and deletes those that nobody needs. @param orgId null: anybody's */
  release(orgId: string | null, chunks: readonly string[], beforeMs: number): Promise<number>
}

export interface ChunksContext {
  readonly store: PackageStore
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly log: Log
  /** Of one organisation. */
  readonly maxBytes: number
  /** Of the disk; null: as `diskFloor.ts` has it. */
  readonly keepFreeBytes: number | null
}

/** Of all that come at once; a chunk is in memory twice for a moment. */
const maxHeldBytes = 48 * 1024 * 1024
/** Of one body; small files are many. */
const maxSideBySide = 16
/** The disk is looked at once for so many bytes that come. */
const lookEveryBytes = 16 * 1024 * 1024
/** Of a statement. */
const atOnce = 1000
/** Between two warnings that the disk is full. */
const warnEveryMs = 600_000

export function createChunks(context: ChunksContext): Chunks {
  const { store, blobs, clock, log, maxBytes, keepFreeBytes } = context
  const gate = createGate(maxHeldBytes)
  /** By hash: how many count on it being there. */
  const coming = new Map<string, number>()
  const leaving = new Map<string, Promise<void>>()
  /** Those that came to rest while somebody is finding out what nothing needs, and so maybe too late for the store's answer. */
  const landed = new Set<string>()
  let removing = 0
  /** Of each organisation: what it has, as far as is known, and what is on its way. */
  const used = new Map<string, number>()
  const underWay = new Map<string, number>()
  let comingBytes = 0
  let warnedAtMs = -Infinity

  const count = (map: Map<string, number>, key: string, by: number): void => {
    const left = (map.get(key) ?? 0) + by
    if (left === 0) map.delete(key)
    else map.set(key, left)
  }

  async function usedBy(orgId: string): Promise<number> {
    const known = used.get(orgId)
    if (known !== undefined) return known
    const bytes = await store.usage(orgId)
    used.set(orgId, bytes)
    return bytes
  }

  async function demandRoom(orgId: string, charge: number): Promise<void> {
    const sum = (await usedBy(orgId)) + (underWay.get(orgId) ?? 0) + charge
    if (sum > maxBytes) throw new NearcadeError('over-quota', [`${sum} bytes are more than ${maxBytes}`])
  }

  async function demandDisk(): Promise<void> {
    const room = await blobs.room()
    if (!isDiskFull(room, comingBytes, keepFreeBytes)) return
    if (clock.now() - warnedAtMs >= warnEveryMs) {
      warnedAtMs = clock.now()
      log.warn({ ...room }, 'no more packages are taken: the disk is full (NEARCADE_BLOBS_KEEP_FREE_GIB)')
    }
    throw new NearcadeError('store-full')
  }

  async function put(sha256: string, bytes: Uint8Array, atMost: number): Promise<void> {
    await leaving.get(sha256)
    await blobs.put(sha256, [bytes], atMost)
  }

  const letGo = (sha256: string): void => {
    count(coming, sha256, -1)
    if (removing > 0) landed.add(sha256)
  }

  async function remove(hashes: readonly string[]): Promise<number> {
    removing += 1
    try {
      return await removeUnneeded(hashes)
    } finally {
      removing -= 1
      if (removing === 0) landed.clear()
    }
  }

  async function removeUnneeded(hashes: readonly string[]): Promise<number> {
    let gone = 0
    for (let at = 0; at < hashes.length; at += atOnce) {
      const some = hashes.slice(at, at + atOnce)
      const needed = await store.needed(some)
      await Promise.all(
        some.map(async (sha256) => {
          if (needed.has(sha256) || coming.has(sha256) || landed.has(sha256) || leaving.has(sha256)) return
          const left = blobs.delete(sha256).finally(() => leaving.delete(sha256))
          leaving.set(sha256, left)
          await left
          gone += 1
        }),
      )
    }
    return gone
  }

  return {
    demandRoom,
    async bring(orgId, frames, done = () => {}) {
      const came: StoredChunk[] = []
      const held: string[] = []
      const inWork = new Set<Promise<void>>()
      const faults: unknown[] = []
      let sinceLook = lookEveryBytes
      let reserved = 0
      try {
        for await (const frame of frames) {
          const { sha256, bytes } = frame
          if (faults.length > 0) break
          const charge = chargeOf(bytes.length)
          await demandRoom(orgId, charge)
          if (sinceLook >= lookEveryBytes) await demandDisk()
          sinceLook = sinceLook >= lookEveryBytes ? 0 : sinceLook + bytes.length
          count(coming, sha256, 1)
          held.push(sha256)
          count(underWay, orgId, charge)
          reserved += charge
          await gate.take(bytes.length)
          comingBytes += bytes.length
          const work = put(sha256, bytes, packageChunkBytes)
            .then(
              () => void came.push({ sha256, bytes: bytes.length }),
              (cause: unknown) => void faults.push(cause),
            )
            .finally(() => {
              gate.give(bytes.length)
              done(frame)
              comingBytes -= bytes.length
              inWork.delete(work)
            })
          inWork.add(work)
          if (inWork.size >= maxSideBySide) await Promise.race(inWork)
        }
      } finally {
        await Promise.all(inWork)
        try {
          if (came.length > 0) used.set(orgId, await store.add(orgId, came, clock.now()))
        } finally {
          held.forEach(letGo)
          count(underWay, orgId, -reserved)
        }
      }
      if (faults.length > 0) throw faults[0]
      return came
    },
    async withBlob(orgId, sha256, bytes, note) {
      count(coming, sha256, 1)
      try {
        await demandDisk()
        await put(sha256, bytes, bytes.length)
        return await note()
      } finally {
        used.delete(orgId)
        letGo(sha256)
      }
    },
    drop: remove,
    async release(orgId, chunks, beforeMs) {
      const gone: string[] = []
      for (let at = 0; at < chunks.length; at += atOnce)
        gone.push(...(await store.release(orgId, chunks.slice(at, at + atOnce), beforeMs)))
      if (orgId === null) used.clear()
      else used.delete(orgId)
      return remove(gone)
    },
  }
}
