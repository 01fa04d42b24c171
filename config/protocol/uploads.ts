import * as z from 'zod/mini'
import { hashList, sha256 } from './content.ts'
import { wireErrorShape } from './error.ts'
import { id } from './ids.ts'
import { maxFileChunks, packageTree } from './package.ts'

/**
 * How a build comes to the router, for whoever has the right `titles:write` in the organisation.
 *
 *   POST   /api/orgs/:orgId/uploads                   NewUpload → UploadView; the same content again is the same upload: that is resuming
 *   GET    /api/orgs/:orgId/uploads/:uploadId         UploadView
 *   PUT    /api/orgs/:orgId/uploads/:uploadId/chunks  packageFrames.ts → ChunksAnswer; any number of them at once, in any order
 *   POST   /api/orgs/:orgId/uploads/:uploadId/finish  UploadView; an archive is unpacked from then on: ask until it is `done`
 *   DELETE /api/orgs/:orgId/uploads/:uploadId         {}
 */

/** As archives are named. */
export const archiveName = /\.(?:zip|tar|tar\.gz|tgz)$/i

export const newUpload = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tree'), tree: packageTree }),
  z.strictObject({
    kind: z.literal('archive'),
    name: z.string().check(z.minLength(1), z.maxLength(255)),
    size: z.int().check(z.gte(1)),
    /** Of the archive itself, as if it were one file of a package. */
    chunks: hashList(maxFileChunks),
  }),
])
export type NewUpload = z.infer<typeof newUpload>

/** Of `missing` in one view. */
export const maxMissing = 4096

export const uploadView = z.object({
  uploadId: id,
  state: z.enum(['receiving', 'unpacking', 'done', 'refused']),
  /** Chunks to send, in the order of the content; the first `maxMissing` of them. */
  missing: z.array(sha256),
  /** Of all of them. */
  missingBytes: z.int().check(z.gte(0)),
  /** Of the content, each chunk counted once. */
  totalBytes: z.int().check(z.gte(0)),
  /** While an archive is unpacked: what came out of it so far. */
  unpackedBytes: z.optional(z.int()),
  /** Why it was refused. */
  error: z.optional(wireErrorShape),
  /** Once it is done. */
  treeId: z.optional(sha256),
})
export type UploadView = z.infer<typeof uploadView>

export const chunksAnswer = z.object({ missingBytes: z.int().check(z.gte(0)) })
