import * as z from 'zod/mini'
import { wireErrorShape } from './error.ts'
import { id, shortText, timeMs, titleId } from './ids.ts'
import { trustClass } from './placement.ts'
import { endReason } from './session.ts'
import { titleManifest } from './title.ts'
import { titleQuality } from './titleQuality.ts'

/**
 * A publisher's titles. Everything under `/api/orgs/:orgId` asks for a right in that organisation (config/accounts.ts), named behind it.
 *
 *   GET    /api/orgs/:orgId/titles                                TitleList                                       titles:read
 *   POST   /api/orgs/:orgId/titles/versions                       NewVersion → TitleVersion (201, or 200 when it was there)  titles:write
 *   GET    /api/orgs/:orgId/titles/:titleId                       TitleDetails                                    titles:read
 *   POST   /api/orgs/:orgId/titles/:titleId/promote               Promotion → PublishedTitle                      titles:write; to live titles:publish
 *   POST   /api/orgs/:orgId/titles/:titleId/check                 VersionToCheck → TitleVersion, whose check runs: a version's first one begins by itself when it is staged   titles:write
 *   POST   /api/orgs/:orgId/titles/:titleId/rollback              {} → PublishedTitle: ends the canary; without one, back to what was live before   titles:publish
 *   POST   /api/orgs/:orgId/titles/:titleId/withdraw              {} → PublishedTitle: no new session from now on; running ones end as they like    titles:publish
 *   POST   /api/orgs/:orgId/titles/:titleId/restore               {} → PublishedTitle                             titles:publish
 *   DELETE /api/orgs/:orgId/titles/:titleId/versions/:version     TitleDetails; version-in-use while a channel or a session has it    titles:delete
 *   GET    /api/orgs/:orgId/titles/:titleId/versions/:version/pictures/:name    PNG, of the version's last check: `begin`, `end`    titles:read
 *   GET    /api/orgs/:orgId/titles/:titleId/versions/:version/clip              MP4, of the first seconds of the version's last check; ranges are answered    titles:read
 *   GET    /api/test/:testToken                                   TitleCard of the staging version; createSession takes the token too
 */
const version = titleManifest.shape.version
/** Of the page `/test/<token>`: whoever has it may play what is staged. */
export const testToken = z.string().check(z.regex(/^[A-Za-z0-9_-]{32}$/))

export const newVersion = z.strictObject({ uploadId: id })

export const versionToCheck = z.strictObject({ version })

export const promotion = z.strictObject({
  version,
  channel: z.enum(['staging', 'live']),
  /** Of players, to live alone: the rest goes on with what is live, until the same version is promoted without it. */
  canaryPercent: z.optional(z.int().check(z.gte(1), z.lte(99))),
})
export type Promotion = z.infer<typeof promotion>

/** What one look at a version in a real session found. */
const checkItem = z.object({
  name: z.string().check(z.maxLength(40)),
  passed: z.boolean(),
  /** What was measured, in words: `58.9 of 60 frames a second`. */
  measured: shortText,
  /** What to do about it; null: nothing. With one that passed it is a note: it stands in nobody's way, and is worth a look. */
  next: z.nullable(shortText),
})
export type CheckItem = z.infer<typeof checkItem>

const checkReport = z.object({
  atMs: timeMs,
  /** Who measured it: a node's word is worth what its host's is. Absent: no session came so far. */
  node: z.optional(z.object({ siteName: z.string(), trust: z.nullable(trustClass) })),
  items: z.array(checkItem),
  /** Names of pictures of the screen: `…/versions/:version/pictures/:name`. */
  pictures: z.optional(z.array(z.string())),
  /** How large its clip is, MP4: `…/versions/:version/clip`; absent: there is none. */
  clipBytes: z.optional(z.int()),
  /** What the title wrote last, oldest first. */
  log: z.optional(z.array(z.string())),
})
export type CheckReport = z.infer<typeof checkReport>

const versionCheck = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none') }),
  z.object({ state: z.literal('running'), sinceMs: timeMs }),
  z.object({ state: z.literal('passed'), report: checkReport }),
  z.object({ state: z.literal('failed'), report: checkReport }),
])
export type VersionCheck = z.infer<typeof versionCheck>

/** One immutable build of a title. */
export const titleVersion = z.object({
  titleId,
  version,
  /** Of its package (config/protocol/package.ts). */
  treeId: z.string(),
  manifest: titleManifest,
  sizeBytes: z.int(),
  createdAtMs: timeMs,
  /** Who pushed it: a name, or that of a key. */
  createdBy: z.string(),
  check: versionCheck,
})
export type TitleVersion = z.infer<typeof titleVersion>

const channels = z.object({
  staging: z.nullable(z.object({ version, testToken })),
  live: z.nullable(version),
  canary: z.nullable(z.object({ version, percent: z.int(), sinceMs: timeMs })),
})

export const publishedTitle = z.object({
  titleId,
  /** Of the newest version. */
  name: z.string(),
  /** Nobody can start it. */
  withdrawn: z.boolean(),
  channels,
  /** Why the last canary was taken back by itself; null: it was not. */
  rolledBack: z.nullable(z.object({ version, atMs: timeMs, why: shortText })),
})
export type PublishedTitle = z.infer<typeof publishedTitle>

export const publishedTitles = z.object({ titles: z.array(publishedTitle) })

/** What nodes have of a version, or why they could not get it. They go on trying. */
const versionInstalls = z.object({
  version,
  /** Nodes that have it, and that are getting it. */
  ready: z.int(),
  installing: z.int(),
  faults: z.array(
    z.object({
      error: wireErrorShape,
      nodes: z.int(),
      /** Names of sites where that happened, a few of them. */
      sites: z.array(z.string()),
    }),
  ),
})
export type VersionInstalls = z.infer<typeof versionInstalls>

/** Newest version first. */
export const titleDetails = z.extend(publishedTitle, {
  versions: z.array(titleVersion),
  /** Of versions that nodes have to do with now. */
  installs: z.optional(z.array(versionInstalls)),
})
export type TitleDetails = z.infer<typeof titleDetails>

/**
 * From real sessions. Days and times are UTC.
 *
 *   GET /api/orgs/:orgId/titles/:titleId/stats?from=2026-11-01&to=2026-11-30    TitleStats, both days included; `&format=csv`: its rows; and `&by=day`, `&by=region`: its quality so   stats:read
 *   GET /api/orgs/:orgId/titles/:titleId/logs?limit=100                          TitleLogs, latest first                                     stats:read
 *   GET /api/orgs/:orgId/titles/:titleId/export                                  all that is kept of it, as JSON lines: TitleExport          data:export
 *   DELETE /api/orgs/:orgId/titles/:titleId/stats                                {}: forgets its figures, logs and ratings                  titles:delete
 *   DELETE /api/orgs/:orgId/titles/:titleId                                      {}: its versions, figures, ratings and players' saves go; the id stays the organisation's. version-in-use while anybody plays it   titles:delete
 */
const figures = {
  /** Sessions that came to play. */
  plays: z.int(),
  /** Somebody had the game. */
  minutes: z.number(),
  /** From the wish to the first picture, median and p95; null while nobody came so far. */
  startP50Ms: z.nullable(z.number()),
  startP95Ms: z.nullable(z.number()),
  /** Sessions whose game, process or node was lost while somebody played. */
  crashes: z.int(),
  /** Sessions that ended before anybody had the game. */
  failedStarts: z.int(),
}

const statsRow = z.object({
  day: z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/)),
  /** Where the player was served from: the site's name; '' for those who got nowhere. */
  region: z.string(),
  version: z.string(),
  ...figures,
  ends: z.partialRecord(endReason, z.int()),
})

export const titleStats = z.object({
  from: z.string(),
  to: z.string(),
  total: z.object({ ...figures, mostAtOnce: z.int() }),
  rows: z.array(statsRow),
  /** Most sessions at once, by day. */
  days: z.array(z.object({ day: z.string(), mostAtOnce: z.int() })),
  quality: titleQuality,
})
export type TitleStats = z.infer<typeof titleStats>

/** One session that has ended, as its publisher may see it: nothing of who played. */
const sessionLog = z.object({
  sessionId: id,
  version: z.string(),
  /** `staging`: somebody tested it by its link; the figures leave that out. */
  channel: z.enum(['live', 'canary', 'staging']),
  createdAtMs: timeMs,
  region: z.string(),
  end: z.object({ reason: endReason, detail: z.nullable(z.string()), atMs: timeMs }),
  startMs: z.nullable(z.number()),
  minutes: z.number(),
  /** Click-to-photon of its inputs; null where its page saw too few. */
  clickP50Ms: z.nullable(z.number()),
  clickP95Ms: z.nullable(z.number()),
  frames: z.nullable(z.object({ shown: z.number(), dropped: z.number(), freezes: z.number() })),
})
export const titleLogs = z.object({ sessions: z.array(sessionLog) })
export type TitleLogs = z.infer<typeof titleLogs>
