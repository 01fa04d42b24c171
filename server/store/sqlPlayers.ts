import { and, eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { sessionPlayers, sessions } from './schema.ts'
import type { PlayerStore } from './store.ts'

export function sqlPlayers(database: Database): PlayerStore {
  return {
    async put(sessionId, players) {
      if (players.size === 0) return
      await database
        .insert(sessionPlayers)
        .values(Array.from(players, ([guestId, number]) => ({ sessionId, guestId, number })))
        .onConflictDoNothing()
    },
    async of(sessionId) {
      const rows = await database.select().from(sessionPlayers).where(eq(sessionPlayers.sessionId, sessionId))
      return new Map(rows.map(({ guestId, number }) => [guestId, number]))
    },
    async open() {
      const rows = await database
        .select({
          sessionId: sessionPlayers.sessionId,
          guestId: sessionPlayers.guestId,
          number: sessionPlayers.number,
        })
        .from(sessionPlayers)
        .innerJoin(sessions, and(eq(sessions.id, sessionPlayers.sessionId), eq(sessions.ended, false)))
      const found = new Map<string, Map<string, number>>()
      for (const { sessionId, guestId, number } of rows) {
        const players = found.get(sessionId) ?? new Map<string, number>()
        found.set(sessionId, players.set(guestId, number))
      }
      return found
    },
  }
}
