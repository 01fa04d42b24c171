import { doublePrecision, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { MediaKind } from '../../config/protocol/media.ts'
import { jsonText } from './jsonText.ts'
import type { WorkKey, WorkSource, WorkState } from './mediaStore.ts'

const workKey = { key: text('key').notNull(), form: text('form').$type<WorkKey['form']>().notNull() }

export const mediaWorks = pgTable(
  'media_works',
  {
    ...workKey,
    source: text('source').$type<WorkSource>().notNull(),
    state: jsonText<WorkState>('state').notNull(),
    createdAtMs: doublePrecision('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.form] })],
)

export const mediaBlobs = pgTable(
  'media_blobs',
  { sha256: text('sha256').notNull(), ...workKey },
  (table) => [primaryKey({ columns: [table.sha256, table.key, table.form] })],
)

export const titleMedia = pgTable('title_media', {
  id: text('id').primaryKey(),
  titleId: text('title_id').notNull(),
  version: text('version'),
  kind: text('kind').$type<MediaKind>().notNull(),
  position: integer('position').notNull(),
  alt: text('alt').notNull(),
  name: text('name').notNull(),
  bytes: doublePrecision('bytes').notNull(),
  ...workKey,
  createdAtMs: doublePrecision('created_at_ms').notNull(),
  removedAtMs: doublePrecision('removed_at_ms'),
})
