import { and, asc, eq, lt } from 'drizzle-orm'
import type { Database } from './database.ts'
import { launchKeys, launchTokens, titleEmbeds } from './embedSchema.ts'
import type { EmbedStore } from './embedStore.ts'

export function sqlEmbed(database: Database): EmbedStore {
  return {
    async rulesOf(titleId) {
      const [row] = await database.select().from(titleEmbeds).where(eq(titleEmbeds.titleId, titleId))
      return row === undefined
        ? null
        : { origins: [...row.origins], launchTokenRequired: row.launchTokenRequired }
    },
    async putRules(titleId, rules) {
      await database
        .insert(titleEmbeds)
        .values({ titleId, ...rules })
        .onConflictDoUpdate({ target: titleEmbeds.titleId, set: rules })
    },
    async keys(orgId) {
      const { id, name, jwk, createdAtMs, usedAtMs } = launchKeys
      return database
        .select({ id, name, jwk, createdAtMs, usedAtMs })
        .from(launchKeys)
        .where(eq(launchKeys.orgId, orgId))
        .orderBy(asc(createdAtMs), asc(id))
    },
    async putKey(orgId, key) {
      await database
        .insert(launchKeys)
        .values({ orgId, ...key })
        .onConflictDoUpdate({ target: [launchKeys.orgId, launchKeys.id], set: { name: key.name } })
    },
    async dropKey(orgId, keyId) {
      const rows = await database
        .delete(launchKeys)
        .where(and(eq(launchKeys.orgId, orgId), eq(launchKeys.id, keyId)))
        .returning({ id: launchKeys.id })
      return rows.length > 0
    },
    async noteUse(orgId, keyId, atMs) {
      await database
        .update(launchKeys)
        .set({ usedAtMs: atMs })
        .where(and(eq(launchKeys.orgId, orgId), eq(launchKeys.id, keyId)))
    },
    async useToken(orgId, tokenId, expiresAtMs, nowMs) {
      await database.delete(launchTokens).where(lt(launchTokens.expiresAtMs, nowMs))
      const rows = await database
        .insert(launchTokens)
        .values({ orgId, tokenId, expiresAtMs })
        .onConflictDoNothing()
        .returning({ tokenId: launchTokens.tokenId })
      return rows.length > 0
    },
  }
}
