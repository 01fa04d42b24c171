import type { WireError } from '../../config/errors.ts'

/**
 * What organisations have uploaded. A chunk counts as an organisation's once it has brought it itself: to know a hash is not to have the
 * bytes. Everything that an upload or a tree names is kept, the rest is swept.
 */
export interface PackageStore {
  /** Adds the upload, unless the organisation has one of the same content: then that one, touched. Null: it has `maxOpen` open ones. */
  begin(upload: NewStoredUpload, maxOpen: number): Promise<StoredUpload | null>
  upload(orgId: string, uploadId: string): Promise<StoredUpload | null>
  /** Of all organisations. */
  unpacking(): Promise<readonly StoredUpload[]>
  /** False: it is not in that state any more. */
  move(uploadId: string, from: UploadState, to: UploadState, atMs: number): Promise<boolean>
  /** As one that is still on its way. */
  touch(uploadId: string, atMs: number): Promise<void>
  /** All that it needs, once that is known. */
  needs(uploadId: string, chunks: HashText, atMs: number): Promise<void>
  /** Ends it with a tree, which names the chunks from now on. False: it is not in that state any more. */
  complete(uploadId: string, from: UploadState, tree: NewTree): Promise<boolean>
  refuse(uploadId: string, error: WireError, atMs: number): Promise<void>
  remove(orgId: string, uploadId: string): Promise<void>

  /** Those of them that the organisation has brought, with their sizes. */
  had(orgId: string, chunks: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Notes what it has brought. @returns what `usage` does then */
  add(orgId: string, chunks: readonly StoredChunk[], atMs: number): Promise<number>
  /** What all that it has costs, as `server/packages/charge.ts` counts it. */
  usage(orgId: string): Promise<number>

  /** Whether there is such a tree, of anybody. */
  hasTree(treeId: string): Promise<boolean>
  /** As one that is still wanted. False: the organisation has no such tree. */
  touchTree(orgId: string, treeId: string, atMs: number): Promise<boolean>
  /** Keeps it until it is forgotten. False: there is no such tree. */
  keep(treeId: string): Promise<boolean>
  forget(treeId: string, atMs: number): Promise<void>

  /**
   * Drops what nobody has touched since then: uploads that are on their way, the others but those that are being unpacked, and trees that nobody
   * keeps.
   */
  expire(before: { readonly comingMs: number; readonly othersMs: number }): Promise<void>
  /**
   * Drops those of the chunks that nothing of their organisation names and that came before.
   * @param orgId null: of all organisations
   * @returns those that went
   */
  release(orgId: string | null, chunks: readonly string[], beforeMs: number): Promise<readonly string[]>
  /** Those of them that are still some organisation's chunk, an upload's content or a tree. */
  needed(hashes: readonly string[]): Promise<ReadonlySet<string>>
}

/** Hashes with commas between them: however many they are, one value on its way. */
export type HashText = string

export type UploadState = 'receiving' | 'unpacking' | 'done' | 'refused'

export interface NewStoredUpload {
  readonly id: string
  readonly orgId: string
  /** SHA-256 of the text that says what it is of. */
  readonly contentId: string
  readonly kind: 'tree' | 'archive'
  /** Each once. */
  readonly chunks: HashText
  readonly totalBytes: number
  readonly touchedAtMs: number
  /** What that text costs, for as long as the upload is on its way. */
  readonly textCharge: number
}

/** Without its chunks, which are many. */
export interface StoredUpload extends Omit<NewStoredUpload, 'chunks'> {
  readonly state: UploadState
  readonly error: WireError | null
  readonly treeId: string | null
}

export interface NewTree {
  readonly treeId: string
  /** Null: those that the upload needs. */
  readonly chunks: HashText | null
  readonly atMs: number
  /** What its text costs. */
  readonly textCharge: number
}

export interface StoredChunk {
  readonly sha256: string
  readonly bytes: number
}
