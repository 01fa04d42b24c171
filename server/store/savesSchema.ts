import { boolean, doublePrecision, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { SaveFile } from '../../config/protocol/saves.ts'
import { jsonText } from './jsonText.ts'

const home = {
  guestId: text('guest_id').notNull(),
  titleId: text('title_id').notNull(),
  slot: integer('slot').notNull(),
}

export const saveHomes = pgTable(
  'save_homes',
  {
    ...home,
    term: integer('term').notNull(),
    sessionId: text('session_id').notNull(),
    nodeId: text('node_id').notNull(),
    leaseId: text('lease_id').notNull(),
    closed: boolean('closed').notNull(),
    seq: integer('seq').notNull(),
    version: integer('version').notNull(),
    leftBehind: boolean('left_behind').notNull(),
  },
  (table) => [primaryKey({ columns: [table.guestId, table.titleId, table.slot] })],
)

export const saveSnapshots = pgTable(
  'save_snapshots',
  {
    ...home,
    version: integer('version').notNull(),
    sessionId: text('session_id').notNull(),
    nodeId: text('node_id').notNull(),
    takenAtMs: doublePrecision('taken_at_ms').notNull(),
    files: jsonText<readonly SaveFile[]>('files').notNull(),
    /** Each once, for the look-up of what is still needed. */
    chunks: text('chunks').array().notNull(),
  },
  (table) => [primaryKey({ columns: [table.guestId, table.titleId, table.slot, table.version] })],
)
