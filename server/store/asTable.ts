import { sql, type SQL } from 'drizzle-orm'

/**
 * Rows as a table named `given`: one parameter of a statement, however many there are.
 * @param columns names as in the rows, with their types
 */
export const asTable = (rows: readonly object[], columns: string): SQL =>
  sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given(${sql.raw(columns)})`
