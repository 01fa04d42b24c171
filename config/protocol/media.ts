import * as z from 'zod/mini'
import { wireErrorShape } from './error.ts'
import { id, timeMs } from './ids.ts'
import { titleManifest } from './title.ts'
import { altText, cardMedia, mostScreenshots } from './titleMedia.ts'

/**
 * What a title shows of itself. What the console brings stands in place of what builds bring, kind by kind, for all versions.
 *
 *   GET    /api/orgs/:orgId/titles/:titleId/media                         TitleMedia                           titles:read
 *   POST   /api/orgs/:orgId/titles/:titleId/media?kind=&name=&alt=        the file's bytes → MediaItem (201)    titles:write
 *   PUT    /api/orgs/:orgId/titles/:titleId/media/order                   MediaOrder → TitleMedia               titles:write
 *   PUT    /api/orgs/:orgId/titles/:titleId/media/:mediaId                MediaChange → TitleMedia              titles:write
 *   DELETE /api/orgs/:orgId/titles/:titleId/media/:mediaId                TitleMedia; it can be had back for an hour   titles:write
 *   POST   /api/orgs/:orgId/titles/:titleId/media/:mediaId/restore        {} → TitleMedia                       titles:write
 *   GET    /api/orgs/:orgId/titles/:titleId/media/:mediaId/original       the bytes as they were brought         titles:read
 *   GET    /api/orgs/:orgId/titles/:titleId/media/files/:file             one of the files that were made of it  titles:read
 *   GET    /media/:titleId/:file                                          the same for everybody, of what is live; `?test=<token>`: of what is staged
 */
export const mediaKind = z.enum(['cover', 'screenshot', 'trailer'])
export type MediaKind = z.infer<typeof mediaKind>

export const newMedia = z.strictObject({
  kind: mediaKind,
  /** As the file was called. */
  name: z.string().check(z.minLength(1), z.maxLength(200)),
  alt: altText,
})
export type NewMedia = z.infer<typeof newMedia>

export const mediaChange = z.strictObject({ alt: altText })
/** Every screenshot that was brought so, in the order in which they are to be shown. */
export const mediaOrder = z.strictObject({ ids: z.array(id).check(z.maxLength(mostScreenshots)) })

/** What has become of the bytes that were brought. */
const mediaState = z.discriminatedUnion('kind', [
  /** Others come before. */
  z.object({ kind: z.literal('waiting'), before: z.int() }),
  z.object({ kind: z.literal('working') }),
  /** As players get it. */
  z.object({ kind: z.literal('done'), media: cardMedia }),
  z.object({ kind: z.literal('refused'), error: wireErrorShape }),
])
export type MediaState = z.infer<typeof mediaState>

const mediaItem = z.object({
  id,
  kind: mediaKind,
  /** Null: it was brought by the console, and is for all versions. */
  version: z.nullable(titleManifest.shape.version),
  /** Its path in the build, or as its file was called. */
  name: z.string(),
  alt: z.string(),
  bytes: z.int(),
  createdAtMs: timeMs,
  state: mediaState,
})
export type MediaItem = z.infer<typeof mediaItem>

/** In the order in which they are shown. */
export const titleMedia = z.object({
  items: z.array(mediaItem),
  /** Why nothing is made of what is brought; null: it is. */
  stopped: z.nullable(wireErrorShape),
})
export type TitleMedia = z.infer<typeof titleMedia>
export const newMediaItem = mediaItem
