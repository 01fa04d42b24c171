import type { BlobStore } from '../blobs/blobStore.ts'
import type { MediaStore } from '../store/mediaStore.ts'

/** Blobs of media on their way in and out, so that none goes while somebody counts on it. */
export interface Shelf {
  /** Puts blobs; they stay until `note` has put them on record. */
  bring<T>(hashes: readonly string[], put: () => Promise<void>, note: () => Promise<T>): Promise<T>
  /** Deletes what no title names any more. */
  tidy(): Promise<void>
  /** Deletes blobs that were put before then and that nothing has. @returns how many went */
  sweep(beforeMs: number): Promise<number>
}

const atOnce = 200

export function createShelf(store: MediaStore, blobs: BlobStore): Shelf {
  /** By hash: how many count on it being there. */
  const coming = new Map<string, number>()
  /** Those that came to rest while somebody is finding out what nothing needs, and so maybe too late for the store's answer. */
  const landed = new Set<string>()
  let tidying: Promise<unknown> = Promise.resolve()
  let running = 0

  /** One after the other. */
  function alone<T>(task: () => Promise<T>): Promise<T> {
    running += 1
    const run = tidying
      .catch(() => {})
      .then(task)
      .finally(() => {
        running -= 1
        if (running === 0) landed.clear()
      })
    tidying = run
    return run
  }

  async function drop(hashes: readonly string[]): Promise<number> {
    let gone = 0
    for (const sha256 of hashes) {
      if (coming.has(sha256) || landed.has(sha256)) continue
      await blobs.delete(sha256)
      gone += 1
    }
    return gone
  }

  return {
    async bring(hashes, put, note) {
      for (const sha256 of hashes) coming.set(sha256, (coming.get(sha256) ?? 0) + 1)
      try {
        // What is being deleted now is put again after that.
        await tidying.catch(() => {})
        await put()
        return await note()
      } finally {
        for (const sha256 of hashes) {
          const left = (coming.get(sha256) ?? 1) - 1
          if (left > 0) coming.set(sha256, left)
          else coming.delete(sha256)
          if (running > 0) landed.add(sha256)
        }
      }
    },
    tidy: () =>
      alone(async () => {
        await drop(await store.dropUnused())
      }),
    sweep: (beforeMs) =>
      alone(async () => {
        let gone = 0
        let some: string[] = []
        const look = async (): Promise<void> => {
          const needed = await store.needed(some)
          gone += await drop(some.filter((sha256) => !needed.has(sha256)))
          some = []
        }
        for await (const sha256 of blobs.putBefore(beforeMs)) {
          some.push(sha256)
          if (some.length === atOnce) await look()
        }
        await look()
        return gone
      }),
  }
}
