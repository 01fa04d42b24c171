import { boolean, doublePrecision, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { LaunchJwk } from '../../config/protocol/embed.ts'
import { jsonText } from './jsonText.ts'

export const titleEmbeds = pgTable('title_embeds', {
  titleId: text('title_id').primaryKey(),
  origins: jsonText<readonly string[]>('origins').notNull(),
  launchTokenRequired: boolean('launch_token_required').notNull(),
})

export const launchKeys = pgTable(
  'launch_keys',
  {
    id: text('id').notNull(),
    orgId: text('org_id').notNull(),
    name: text('name').notNull(),
    jwk: jsonText<LaunchJwk>('jwk').notNull(),
    createdAtMs: doublePrecision('created_at_ms').notNull(),
    usedAtMs: doublePrecision('used_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
)

export const launchTokens = pgTable(
  'launch_tokens',
  {
    orgId: text('org_id').notNull(),
    tokenId: text('token_id').notNull(),
    expiresAtMs: doublePrecision('expires_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.tokenId] })],
)
