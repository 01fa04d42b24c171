import * as z from 'zod/mini'
import { id, timeMs } from './ids.ts'

/**
 * A player's saves between node and router, over HTTP. Each request is signed with the node's key (`savesRequestText`) and is about one
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

const maxPathBytes = 1024
const maxNameBytes = 255

/** Relative, in plain steps downwards, and of a length that every Linux file system takes. */
export function isSavePath(path: string): boolean {
  if (path.includes('\0') || /\p{Surrogate}/u.test(path)) return false
  const bytesOf = (text: string): number => new TextEncoder().encode(text).length
  return (
    bytesOf(path) <= maxPathBytes &&
    path
      .split('/')
      .every((part) => part !== '' && part !== '.' && part !== '..' && bytesOf(part) <= maxNameBytes)
  )
}

const sha256Form = /^[0-9a-f]{64}$/
const isSha256 = (text: string): boolean => sha256Form.test(text)
export const sha256 = z.string().check(z.refine(isSha256, 'must be 64 hex digits'))
const term = z.int().check(z.gte(1))
/** Of a file that fills the most that any router lets travel: 16 GiB (NEARCADE_SAVES_MAX_MIB). */
const maxFileChunks = 4096

/** One look at the whole, so that any number of wrong entries is one fault. */
const fileChunks = z.custom<string[]>(
  (list) =>
    Array.isArray(list) &&
    list.length <= maxFileChunks &&
    list.every((entry) => typeof entry === 'string' && isSha256(entry)),
  `must be at most ${maxFileChunks} hashes of 64 hex digits`,
)

const saveFile = z.strictObject({
  path: z.string().check(z.maxLength(maxPathBytes), z.refine(isSavePath, 'must be a plain relative path')),
  /** Permission bits alone: no set-uid, no type. */
  mode: z.int().check(z.gte(0), z.lte(0o777)),
  size: z.int().check(z.gte(0)),
  mtimeMs: timeMs,
  /** SHA-256 of each `chunkBytes` of it, in order; none of an empty file. */
  chunks: fileChunks,
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
  for (const path of paths)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      if (paths.has(path.slice(0, at))) return `${path.slice(0, at)} is a file and a folder`
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

/**
 * What a node signs, as `Authorization: Nearcade <public key>.<signature>`, both base64url.
 * @param path with its query, as it is sent
 * @param bodySha256 of the body, as in the header `x-content-sha256`
 */
export const savesRequestText = (method: string, path: string, bodySha256: string): string =>
  `nearcade-node-saves-v1:${method} ${path} ${bodySha256}`
