import type { ErrorCode } from '../../config/errors.ts'
import type { MediaKind } from '../../config/protocol/media.ts'
import type { StoredVersion } from './publishingStore.ts'

/** Pictures and trailers of titles, and what was made of them. */
export interface MediaStore {
  /** Adds them with the works that there are not yet. What was refused is tried anew. */
  add(media: readonly StoredMedia[], source: WorkSource): Promise<void>
  /** Of these titles, removed ones too, by kind and place. */
  of(titleIds: readonly string[]): Promise<readonly MediaWithWork[]>
  find(titleId: string, mediaId: string): Promise<MediaWithWork | null>
  describe(mediaId: string, alt: string): Promise<void>
  /** By id. */
  place(positions: ReadonlyMap<string, number>): Promise<void>
  /** @param atMs null: they are back */
  remove(mediaIds: readonly string[], atMs: number | null): Promise<void>
  /** Those that were removed before then go for good. */
  forgetRemoved(beforeMs: number): Promise<void>
  /** Bytes that the console has brought for titles of this organisation, removed ones too. */
  usage(orgId: string): Promise<number>
  /** Versions whose media nobody has noted. */
  versionsWithout(): Promise<readonly Pick<StoredVersion, 'titleId' | 'version' | 'treeId' | 'manifest'>[]>
  /** Works to be done, the oldest first. */
  waiting(): Promise<readonly WaitingWork[]>
  /** @returns false: nobody wants it any more, and nothing is noted */
  settle(work: WorkKey, state: SettledWork, blobs: readonly string[]): Promise<boolean>
  /** Titles that show what was made by it. */
  titlesOf(work: WorkKey): Promise<readonly string[]>
  /** Drops works that nothing names. @returns their blobs that no other work has */
  dropUnused(): Promise<readonly string[]>
  /** Those of these blobs that a work has. */
  needed(hashes: readonly string[]): Promise<ReadonlySet<string>>
}

export interface WorkKey {
  /** Of the bytes: the SHA-256 of what the console brought; of a file in a package, that of its chunks. */
  readonly key: string
  readonly form: 'picture' | 'trailer'
}
/** Where the bytes are: a blob, or the package of any version that has the file. */
export type WorkSource = 'upload' | 'package'

export interface StoredMedia extends WorkKey {
  readonly id: string
  readonly titleId: string
  /** Null: of all versions. */
  readonly version: string | null
  readonly kind: MediaKind
  readonly position: number
  readonly alt: string
  readonly name: string
  readonly bytes: number
  readonly createdAtMs: number
  /** Null: it was not. */
  readonly removedAtMs: number | null
}
export interface MediaWithWork extends StoredMedia {
  readonly state: WorkState
}

export interface WaitingWork extends WorkKey {
  readonly source: WorkSource
  /** One of those that want it. */
  readonly orgId: string
  /** Where a package has it; null: it is an upload. */
  readonly treeId: string | null
  readonly path: string
}

export interface MadeFile {
  readonly sha256: string
  readonly type: 'webp' | 'jpg' | 'mp4'
  readonly widthPx: number
  readonly heightPx: number
}
/** What comes of a picture or a film, in files of one kind. */
export type MadeMedia<File> =
  | { readonly kind: 'picture'; readonly files: readonly File[] }
  | {
      readonly kind: 'trailer'
      readonly file: File
      readonly seconds: number
      readonly poster: readonly File[]
    }
export type SettledWork =
  | MadeMedia<MadeFile>
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly details: readonly string[] }
export type WorkState = SettledWork | { readonly kind: 'waiting' }
