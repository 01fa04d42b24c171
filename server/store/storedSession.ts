import type { sessions } from './schema.ts'
import type { StoredSession } from './store.ts'

export function storedSession(row: typeof sessions.$inferSelect): StoredSession {
  const { version, channel, idempotencyKey: _key, ended: _ended, ...session } = row
  return version === null || channel === null ? session : { ...session, build: { version, channel } }
}
