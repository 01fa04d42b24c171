import { eq, lt, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { routeHistory } from './schema.ts'
import type { HistoryStore } from './store.ts'

/** Rows of one statement; PostgreSQL takes 65,535 parameters. */
const rowsAtOnce = 2000

export function sqlHistory(database: Database): HistoryStore {
  return {
    async of(prefix) {
      return database
        .select({
          prefix: routeHistory.prefix,
          siteId: routeHistory.siteId,
          quantiles: routeHistory.quantiles,
        })
        .from(routeHistory)
        .where(eq(routeHistory.prefix, prefix))
    },
    async put(rows) {
      for (let from = 0; from < rows.length; from += rowsAtOnce) {
        await database
          .insert(routeHistory)
          .values(
            rows.slice(from, from + rowsAtOnce).map((row) => ({ ...row, updatedAtMs: row.quantiles.atMs })),
          )
          .onConflictDoUpdate({
            target: [routeHistory.prefix, routeHistory.siteId],
            set: { quantiles: sql`excluded.quantiles`, updatedAtMs: sql`excluded.updated_at_ms` },
          })
      }
    },
    async forget(beforeMs) {
      await database.delete(routeHistory).where(lt(routeHistory.updatedAtMs, beforeMs))
    },
  }
}
