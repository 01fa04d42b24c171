import { maxCoverBytes } from '../../config/protocol/title.ts'
import type { PackageSource } from './publishing.ts'

/** Covers out of packages; a library page shows many of them at once, again and again. */
export interface Covers {
  /** Null: there is no such file, or it is no picture of a size that pages can show. */
  read(treeId: string, path: string): Promise<Buffer | null>
}

const maxKeptBytes = 64 * 1024 * 1024

export function createCovers(packages: Pick<PackageSource, 'readFile'>): Covers {
  /** The one that was asked for longest ago first. */
  const kept = new Map<string, Buffer>()
  let keptBytes = 0

  return {
    async read(treeId, path) {
      const key = `${treeId}/${path}`
      const known = kept.get(key)
      const bytes = known ?? (await packages.readFile(treeId, path, maxCoverBytes))
      if (bytes === null) return null
      if (!kept.delete(key)) keptBytes += bytes.length
      kept.set(key, bytes)
      for (const [oldest, { length }] of kept) {
        if (keptBytes <= maxKeptBytes) break
        kept.delete(oldest)
        keptBytes -= length
      }
      return bytes
    },
  }
}
