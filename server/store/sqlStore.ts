import { and, eq, gt, isNull, ne, or, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { enrolTokens, guests, nodes, titles } from './schema.ts'
import { sqlAccounts } from './sqlAccounts.ts'
import { sqlDemand } from './sqlDemand.ts'
import { sqlEmbed } from './sqlEmbed.ts'
import { sqlEvents } from './sqlEvents.ts'
import { sqlMedia } from './sqlMedia.ts'
import { sqlHistory } from './sqlHistory.ts'
import { sqlLeaving } from './sqlLeaving.ts'
import { sqlPackages } from './sqlPackages.ts'
import { sqlParties } from './sqlParties.ts'
import { sqlPlayers } from './sqlPlayers.ts'
import { sqlPublishing } from './sqlPublishing.ts'
import { sqlSaves } from './sqlSaves.ts'
import { sqlSessions } from './sqlSessions.ts'
import { sqlWaits } from './sqlWaits.ts'
import type { Store } from './store.ts'

/** The store over any PostgreSQL. `close` closes what `database` stands on. */
export function sqlStore(database: Database, close: () => Promise<void>): Store {
  return {
    guests: {
      async seen(id, atMs) {
        await database
          .insert(guests)
          .values({ id, createdAtMs: atMs, seenAtMs: atMs })
          .onConflictDoUpdate({
            target: guests.id,
            set: { seenAtMs: sql`greatest(${guests.seenAtMs}, excluded.seen_at_ms)` },
          })
      },
      async find(id) {
        const [row] = await database.select().from(guests).where(eq(guests.id, id))
        return row ?? null
      },
    },
    titles: {
      async put(manifest, atMs) {
        const values = { id: manifest.id, manifest, updatedAtMs: atMs }
        await database
          .insert(titles)
          .values(values)
          .onConflictDoUpdate({ target: titles.id, set: { manifest, updatedAtMs: atMs } })
      },
      async find(id) {
        const [row] = await database.select().from(titles).where(eq(titles.id, id))
        return row?.manifest ?? null
      },
    },
    nodes: {
      async find(id) {
        const [row] = await database.select().from(nodes).where(eq(nodes.id, id))
        return row ?? null
      },
      async any() {
        return (await database.select({ id: nodes.id }).from(nodes).limit(1)).length > 0
      },
      async offerToken({ hash, host, atMs, trust, expiresAtMs }) {
        await database
          .insert(enrolTokens)
          .values({ hash, host, offeredAtMs: atMs, trust, expiresAtMs: expiresAtMs ?? null })
          .onConflictDoNothing({ target: enrolTokens.hash })
        // A host has one open offer: an older one that nobody took would stay a way in for ever.
        await database
          .delete(enrolTokens)
          .where(and(eq(enrolTokens.host, host), ne(enrolTokens.hash, hash), isNull(enrolTokens.usedAtMs)))
      },
      async enrol({ id, publicKey, tokenHash, atMs }) {
        return database.transaction(async (inside) => {
          const [token] = await inside
            .update(enrolTokens)
            .set({ usedAtMs: atMs })
            .where(
              and(
                eq(enrolTokens.hash, tokenHash),
                isNull(enrolTokens.usedAtMs),
                or(isNull(enrolTokens.expiresAtMs), gt(enrolTokens.expiresAtMs, atMs)),
              ),
            )
            .returning()
          if (token === undefined) return false
          await inside
            .insert(nodes)
            .values({ id, publicKey, host: token.host, enrolledAtMs: atMs, trust: token.trust })
            .onConflictDoNothing({ target: nodes.id })
          return true
        })
      },
      ofHost: (host) =>
        database.select().from(nodes).where(eq(nodes.host, host)).orderBy(nodes.enrolledAtMs, nodes.id),
    },
    sessions: sqlSessions(database),
    history: sqlHistory(database),
    demand: sqlDemand(database),
    saves: sqlSaves(database),
    parties: sqlParties(database),
    players: sqlPlayers(database),
    waits: sqlWaits(database),
    packages: sqlPackages(database),
    publishing: sqlPublishing(database),
    embed: sqlEmbed(database),
    media: sqlMedia(database),
    events: sqlEvents(database),
    accounts: sqlAccounts(database),
    leaving: sqlLeaving(database),
    close,
  }
}
