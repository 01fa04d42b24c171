import { doublePrecision, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { VersionCheck } from '../../config/protocol/publishing.ts'
import type { EndReason } from '../../config/protocol/session.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import type { TitleChannels } from '../publishing/channels.ts'
import { jsonText } from './jsonText.ts'
import type { PlayChannel } from './publishingStore.ts'

export const publishedTitles = pgTable('published_titles', {
  id: text('id').primaryKey(),
  orgId: text('org_id').notNull(),
  createdAtMs: doublePrecision('created_at_ms').notNull(),
  channels: jsonText<TitleChannels>('channels').notNull(),
  revision: integer('revision').notNull(),
})

export const titleVersions = pgTable(
  'title_versions',
  {
    titleId: text('title_id').notNull(),
    version: text('version').notNull(),
    treeId: text('tree_id').notNull(),
    manifest: jsonText<TitleManifest>('manifest').notNull(),
    sizeBytes: doublePrecision('size_bytes').notNull(),
    createdAtMs: doublePrecision('created_at_ms').notNull(),
    createdBy: text('created_by').notNull(),
    check: jsonText<VersionCheck>('check').notNull(),
  },
  (table) => [primaryKey({ columns: [table.titleId, table.version] })],
)

export const checkPictures = pgTable(
  'check_pictures',
  {
    titleId: text('title_id').notNull(),
    version: text('version').notNull(),
    name: text('name').notNull(),
    png: text('png').notNull(),
  },
  (table) => [primaryKey({ columns: [table.titleId, table.version, table.name] })],
)

export const checkClips = pgTable(
  'check_clips',
  {
    titleId: text('title_id').notNull(),
    version: text('version').notNull(),
    mp4: text('mp4').notNull(),
  },
  (table) => [primaryKey({ columns: [table.titleId, table.version] })],
)

export const titlePlays = pgTable('title_plays', {
  sessionId: text('session_id').primaryKey(),
  titleId: text('title_id').notNull(),
  version: text('version').notNull(),
  channel: text('channel').$type<PlayChannel>().notNull(),
  region: text('region').notNull(),
  createdAtMs: doublePrecision('created_at_ms').notNull(),
  playAtMs: doublePrecision('play_at_ms'),
  endedAtMs: doublePrecision('ended_at_ms').notNull(),
  reason: text('reason').$type<EndReason>().notNull(),
  detail: text('detail'),
  nodeId: text('node_id'),
  network: text('network'),
  // About where the player was: a cell of one degree.
  country: text('country'),
  lat: integer('lat'),
  lon: integer('lon'),
  // Null together, where its page said nothing; the first two also where it saw too few inputs.
  clickP50Ms: doublePrecision('click_p50_ms'),
  clickP95Ms: doublePrecision('click_p95_ms'),
  framesShown: doublePrecision('frames_shown'),
  framesDropped: doublePrecision('frames_dropped'),
  framesDecoded: doublePrecision('frames_decoded'),
  decodeMs: doublePrecision('decode_ms'),
  freezes: doublePrecision('freezes'),
  frozenMs: doublePrecision('frozen_ms'),
  seenMs: doublePrecision('seen_ms'),
})

export const titleRatings = pgTable(
  'title_ratings',
  {
    titleId: text('title_id').notNull(),
    playerId: text('player_id').notNull(),
    stars: integer('stars').notNull(),
    words: text('words'),
    version: text('version').notNull(),
    atMs: doublePrecision('at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.titleId, table.playerId] })],
)
