import type { sessions } from './schema.ts'
import type { StoredSession } from './store.ts'

export function storedSession(row: typeof sessions.$inferSelect): StoredSession {
  const { id, guestId, titleId, request, createdAtMs, state, revision, nodeSeq, placement } = row
  return { id, guestId, titleId, request, createdAtMs, state, revision, nodeSeq, placement }
}
