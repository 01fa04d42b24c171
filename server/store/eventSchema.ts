import { doublePrecision, integer, pgTable, text } from 'drizzle-orm/pg-core'
import type { EventEntry } from '../../config/protocol/events.ts'
import type { BookedEvent, BookedSite } from '../events/event.ts'
import { jsonText } from './jsonText.ts'

export const events = pgTable('events', {
  id: text('id').primaryKey(),
  orgId: text('org_id').notNull(),
  titleId: text('title_id').notNull(),
  name: text('name').notNull(),
  fromMs: doublePrecision('from_ms').notNull(),
  toMs: doublePrecision('to_ms').notNull(),
  entry: text('entry').$type<EventEntry>().notNull(),
  token: text('token').notNull(),
  giveBackAfterMs: doublePrecision('give_back_after_ms'),
  sites: jsonText<readonly BookedSite[]>('sites').notNull(),
  idempotencyKey: text('idempotency_key').notNull(),
  createdAtMs: doublePrecision('created_at_ms').notNull(),
  createdBy: text('created_by').notNull(),
  cancelled: jsonText<NonNullable<BookedEvent['cancelled']>>('cancelled'),
  players: integer('players').notNull(),
  mostUsed: integer('most_used').notNull(),
})
