import type { WireError } from '../../../config/errors.ts'
import type { PackageTree } from '../../../config/protocol/package.ts'
import type { NewUpload } from '../../../config/protocol/uploads.ts'

/** Between the router and `contentThread.ts`. Whatever is long travels as bytes, which change hands. */

type Bytes = Uint8Array<ArrayBuffer>

/** What an upload is of, read and checked. */
export interface ReadContent {
  readonly kind: NewUpload['kind']
  /** SHA-256 of `text`; of a tree its id. */
  readonly id: string
  /** The one text that names it. */
  readonly text: Bytes
  /** As `packChunks` makes them. */
  readonly chunks: Bytes
  /** The same hashes with commas between them, as the store takes them. */
  readonly names: string
}

/** Some of a tree. */
export interface TreePart {
  readonly tree: PackageTree
  /** Of all of its files. */
  readonly sizeBytes: number
}

export type Task =
  /** What somebody sends to begin an upload, as its bytes came. */
  | { readonly kind: 'read'; readonly body: Bytes; readonly maxBytes: number }
  /** Of a text that was kept, which was checked before. */
  | { readonly kind: 'chunks'; readonly of: NewUpload['kind']; readonly text: Bytes }
  | { readonly kind: 'part'; readonly text: Bytes; readonly paths: readonly string[] }
  | {
      readonly kind: 'unpack'
      /** Of the archive, as it was kept. */
      readonly text: Bytes
      readonly maxBytes: number
      /** Hashes with commas between them of the chunks to be told, each once; null: make a tree of it. */
      readonly wanted: string | null
    }

export type ToThread =
  | { readonly id: number; readonly kind: 'task'; readonly task: Task }
  /** To `read`, or to `found` without bytes. `failed`: it could not be done. */
  | {
      readonly id: number
      readonly kind: 'answer'
      readonly askId: number
      readonly bytes: Bytes | null
      readonly failed: boolean
    }
  | { readonly id: number; readonly kind: 'stop' }

export type FromThread =
  | { readonly id: number; readonly kind: 'read'; readonly askId: number; readonly sha256: string }
  | {
      readonly id: number
      readonly kind: 'found'
      readonly askId: number
      readonly sha256: string
      readonly bytes: Bytes
    }
  | { readonly id: number; readonly kind: 'progress'; readonly bytes: number }
  | { readonly id: number; readonly kind: 'done'; readonly result: Result }
  /** `error` is null where it is no fault of what was sent. */
  | { readonly id: number; readonly kind: 'failed'; readonly error: WireError | null; readonly why: string }

export type Result = ReadContent | Bytes | TreePart | null
