import { eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { parties } from './schema.ts'
import type { PartyStore } from './store.ts'

export function sqlParties(database: Database): PartyStore {
  return {
    async put(party) {
      const { code, seenAtMs } = party
      await database
        .insert(parties)
        .values({ code, party, seenAtMs })
        .onConflictDoUpdate({ target: parties.code, set: { party, seenAtMs } })
    },
    async all() {
      const rows = await database.select({ party: parties.party }).from(parties)
      return rows.map(({ party }) => party)
    },
    async remove(code) {
      await database.delete(parties).where(eq(parties.code, code))
    },
  }
}
