import { boolean, doublePrecision, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import type { WireError } from '../../config/errors.ts'
import type { UploadState } from './packageStore.ts'
import { jsonText } from './jsonText.ts'

export const packageUploads = pgTable(
  'package_uploads',
  {
    id: text('id').primaryKey(),
    orgId: text('org_id').notNull(),
    contentId: text('content_id').notNull(),
    kind: text('kind').$type<'tree' | 'archive'>().notNull(),
    state: text('state').$type<UploadState>().notNull(),
    /** Each once, for the look-up of what is still needed. */
    chunks: text('chunks').array().notNull(),
    totalBytes: doublePrecision('total_bytes').notNull(),
    error: jsonText<WireError>('error'),
    treeId: text('tree_id'),
    touchedAtMs: doublePrecision('touched_at_ms').notNull(),
    /** Of the text that says what it is of. */
    textCharge: doublePrecision('text_charge').notNull(),
  },
  (table) => [unique().on(table.orgId, table.contentId)],
)

export const packageTrees = pgTable(
  'package_trees',
  {
    orgId: text('org_id').notNull(),
    treeId: text('tree_id').notNull(),
    kept: boolean('kept').notNull(),
    chunks: text('chunks').array().notNull(),
    touchedAtMs: doublePrecision('touched_at_ms').notNull(),
    textCharge: doublePrecision('text_charge').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.treeId] })],
)

export const packageChunks = pgTable(
  'package_chunks',
  {
    orgId: text('org_id').notNull(),
    sha256: text('sha256').notNull(),
    bytes: integer('bytes').notNull(),
    cameAtMs: doublePrecision('came_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.sha256] })],
)

export const packageUsage = pgTable('package_usage', {
  orgId: text('org_id').primaryKey(),
  bytes: doublePrecision('bytes').notNull(),
})
