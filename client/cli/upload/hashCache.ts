import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod/mini'
import { decodeValue } from '../../../config/protocol/decode.ts'
import type { BuildFile } from './listBuild.ts'

/**
 * What each file of a build hashed to when it was last read, so that the next push reads only what has changed. It may be lost at any
 * time, and a wrong entry costs a refused chunk (`wrong-content`), never a wrong build.
 */
export interface HashCache {
  /** Null: read it. */
  find(file: BuildFile): readonly string[] | null
  /** Takes the place of all that was there. */
  keep(files: readonly (readonly [BuildFile, readonly string[]])[]): Promise<void>
  /** None of it is believed any more. */
  clear(): void
}

const cacheForm = z.object({
  root: z.string(),
  /** When it was written, ns since 1970. */
  writtenNs: z.string(),
  files: z.record(z.string(), z.tuple([z.number(), z.string(), z.string(), z.array(z.string())])),
})

/** A file that was written this shortly before it was read may have been written again within the same tick of its clock. */
const sureAfterNs = 2_000_000_000n

/** @param folder of caches; one file for each build */
export async function openHashCache(folder: string, root: string, nowMs: () => number): Promise<HashCache> {
  const file = path.join(folder, `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.json`)
  const readNs = BigInt(Math.floor(nowMs())) * 1_000_000n
  let known = await readCache(file, root)
  return {
    find({ path: at, size, mtimeNs, inode }) {
      const entry = known?.files[at]
      if (known === null || entry === undefined || !Object.hasOwn(known.files, at)) return null
      const [knownSize, knownMtime, knownInode, hashes] = entry
      const isSame = knownSize === size && knownMtime === String(mtimeNs) && knownInode === String(inode)
      return isSame && mtimeNs + sureAfterNs < BigInt(known.writtenNs) ? hashes : null
    },
    async keep(files) {
      const entries = files.map(
        ([{ path: at, size, mtimeNs, inode }, hashes]) =>
          [at, [size, String(mtimeNs), String(inode), hashes]] as const,
      )
      // The time of the first look: what was written since is not sure.
      const text = JSON.stringify({ root, writtenNs: String(readNs), files: Object.fromEntries(entries) })
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeFile(`${file}.${process.pid}`, text, { mode: 0o600 })
        await rename(`${file}.${process.pid}`, file)
      } catch {
        // No room or no rights: the next push reads everything.
      }
    },
    clear: () => {
      known = null
    },
  }
}

async function readCache(file: string, root: string): Promise<z.infer<typeof cacheForm> | null> {
  try {
    const decoded = decodeValue(cacheForm, JSON.parse(await readFile(file, 'utf8')))
    return decoded.ok && decoded.value.root === root && /^\d+$/.test(decoded.value.writtenNs)
      ? decoded.value
      : null
  } catch {
    return null
  }
}
