import * as z from 'zod/mini'
import { fileAndFolder, hashList, plainPath, sha256 } from './content.ts'
import { id, timeMs } from './ids.ts'

/**
 * A player's saves between node and router, over HTTP. Each request is signed with the node's key (nodeRequest.ts) and is about one
 * session; it says nothing twice when it is repeated, so a replayed one changes nothing.
 *
 *   POST /api/node/saves/:sessionId/open                       OpenSaves → OpenedSaves
 *   GET  /api/node/saves/:sessionId/chunks/:sha256?term=N      the bytes
 *   PUT  /api/node/saves/:sessionId/chunks/:sha256?term=N      the bytes → {}
 *   POST /api/node/saves/:sessionId/snapshot                   SaveSnapshot → SnapshotAnswer
 *   POST /api/node/saves/:sessionId/left                       LeftSaves → {}: what is there is too much to travel
 *   POST /api/node/saves/:sessionId/close                      SaveTerm → {}: nothing more will come
 *
 * Only the node that holds the session's lease may open them. It gets a term, higher than all before: whoever comes with an older one is
 * refused as `saves-moved`, so that a node that comes back from the dead never overwrites what was saved since.
 */
export const chunkBytes = 4 * 1024 * 1024
/** Of one home. */
export const maxSaveFiles = 4000
/** A snapshot's JSON, about 200 bytes a file; long paths take more. */
export const maxSnapshotChars = 8 * 1024 * 1024

const term = z.int().check(z.gte(1))
/** Of a file that fills the most that any router lets travel: 16 GiB (NEARCADE_SAVES_MAX_MIB). */
const maxFileChunks = 4096

const saveFile = z.strictObject({
  path: plainPath,
  /** Permission bits alone: no set-uid, no type. */
  mode: z.int().check(z.gte(0), z.lte(0o777)),
  size: z.int().check(z.gte(0)),
  mtimeMs: timeMs,
  /** SHA-256 of each `chunkBytes` of it, in order; none of an empty file. */
  chunks: hashList(maxFileChunks),
})
export type SaveFile = z.infer<typeof saveFile>

/** Their number before any of them: each wrong one is some faults. */
const saveFiles = z.pipe(z.array(z.unknown()).check(z.maxLength(maxSaveFiles)), z.array(saveFile))

/** What is wrong with a list of files as a whole; null: nothing. */
export function filesFault(files: readonly SaveFile[], maxBytes: number): string | null {
  const paths = new Set<string>()
  let bytes = 0
  for (const { path, size, chunks } of files) {
    if (paths.has(path)) return `${path} is there twice`
    if (chunks.length !== Math.ceil(size / chunkBytes))
      return `${path} has another number of chunks than its size`
    paths.add(path)
    bytes += size
  }
  const both = fileAndFolder(paths)
  if (both !== null) return `${both} is a file and a folder`
  return bytes > maxBytes ? `${bytes} bytes are more than ${maxBytes}` : null
}

export const openSaves = z.strictObject({ leaseId: id, fence: z.int() })
export type OpenSaves = z.infer<typeof openSaves>

export const openedSaves = z.object({
  /** Which of the guest's homes for the title: a second game at the same time has saves of its own. */
  slot: z.int().check(z.gte(1)),
  term,
  /** Of the newest snapshot; 0: there is none. */
  version: z.int().check(z.gte(0)),
  files: saveFiles,
  /** What may travel. */
  maxBytes: z.int().check(z.gte(0)),
})
export type OpenedSaves = z.infer<typeof openedSaves>

export const saveTerm = z.strictObject({ term })

/** From 1 in each term, over snapshots and what is left behind: repeating the last one changes nothing, an older one comes too late. */
const seq = z.int().check(z.gte(1))

export const leftSaves = z.strictObject({ term, seq })

export const saveSnapshot = z.strictObject({
  term,
  seq,
  takenAtMs: timeMs,
  files: saveFiles,
})
export type SaveSnapshot = z.infer<typeof saveSnapshot>

export const snapshotAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('kept'), version: z.int() }),
  /** Send these, then the snapshot again. */
  z.object({ kind: z.literal('missing'), chunks: z.array(sha256) }),
])
export type SnapshotAnswer = z.infer<typeof snapshotAnswer>
