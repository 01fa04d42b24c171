import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/** Any PostgreSQL that drizzle speaks to. */
export type Database = PgDatabase<PgQueryResultHKT, Record<string, never>>

/** The ids that a statement written by hand returned, as PGlite and node-postgres give them. */
export function idsIn(result: unknown): ReadonlySet<string> {
  const { rows } = result as { readonly rows: readonly { readonly id: string }[] }
  return new Set(rows.map(({ id }) => id))
}
