import { customType } from 'drizzle-orm/pg-core'

/**
 * JSON that is only ever read whole, kept as text: making jsonb of a session's request and placement takes PostgreSQL longer than all
 * the rest of the row.
 */
export const jsonText = <T>(name: string, format: TextFormat<T> = JSON as TextFormat<T>) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => 'text',
    toDriver: (value) => format.stringify(value),
    fromDriver: (text) => format.parse(text),
  })(name)

interface TextFormat<T> {
  stringify(value: T): string
  parse(text: string): T
}
