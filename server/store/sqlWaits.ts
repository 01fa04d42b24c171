import { eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { waitingNetworks } from './schema.ts'
import type { WaitStore } from './store.ts'

export function sqlWaits(database: Database): WaitStore {
  return {
    async put(sessionId, network) {
      await database
        .insert(waitingNetworks)
        .values({ sessionId, network })
        .onConflictDoUpdate({ target: waitingNetworks.sessionId, set: { network } })
    },
    async drop(sessionId) {
      await database.delete(waitingNetworks).where(eq(waitingNetworks.sessionId, sessionId))
    },
    async all() {
      const rows = await database.select().from(waitingNetworks)
      return new Map(rows.map(({ sessionId, network }) => [sessionId, network]))
    },
  }
}
