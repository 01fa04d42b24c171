import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'

export const demandHours = pgTable(
  'demand_hours',
  {
    hour: integer('hour').notNull(),
    region: text('region').notNull(),
    seatClass: text('seat_class').notNull(),
    peak: integer('peak').notNull(),
  },
  (table) => [primaryKey({ columns: [table.hour, table.region, table.seatClass] })],
)

export const placeHours = pgTable(
  'place_hours',
  {
    hour: integer('hour').notNull(),
    placeId: text('place_id').notNull(),
    peak: integer('peak').notNull(),
  },
  (table) => [primaryKey({ columns: [table.hour, table.placeId] })],
)

export const sessionPlaces = pgTable('session_places', {
  sessionId: text('session_id').primaryKey(),
  placeId: text('place_id').notNull(),
})
