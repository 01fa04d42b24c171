import { and, asc, desc, eq, gt, inArray, isNotNull, or, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { titlePlays, titleRatings } from './publishingSchema.ts'
import type { RatingStore } from './ratingStore.ts'
import { sessionPlayers, sessions } from './schema.ts'

export function sqlRatings(database: Database): RatingStore {
  const { titleId: ofTitle, playerId: ofPlayer, stars, words, version, atMs } = titleRatings
  const isOf = (titleId: string, playerId: string) => and(eq(ofTitle, titleId), eq(ofPlayer, playerId))

  return {
    async lastPlayed(titleId, playerId, leastMs) {
      const joined = database
        .select({ id: sessionPlayers.sessionId })
        .from(sessionPlayers)
        .where(eq(sessionPlayers.guestId, playerId))
      const [row] = await database
        .select({ sessionId: titlePlays.sessionId, version: titlePlays.version })
        .from(titlePlays)
        .innerJoin(sessions, eq(sessions.id, titlePlays.sessionId))
        .where(
          and(
            eq(titlePlays.titleId, titleId),
            inArray(titlePlays.channel, ['live', 'canary']),
            sql`${titlePlays.endedAtMs} - ${titlePlays.playAtMs} >= ${leastMs}`,
            or(eq(sessions.guestId, playerId), inArray(sessions.id, joined)),
          ),
        )
        .orderBy(desc(titlePlays.endedAtMs))
        .limit(1)
      return row ?? null
    },
    async putRating(rating) {
      const { titleId: _title, playerId: _player, ...said } = rating
      await database
        .insert(titleRatings)
        .values(rating)
        .onConflictDoUpdate({ target: [ofTitle, ofPlayer], set: said })
    },
    async dropRating(titleId, playerId) {
      await database.delete(titleRatings).where(isOf(titleId, playerId))
    },
    async rating(titleId, playerId) {
      const [row] = await database.select().from(titleRatings).where(isOf(titleId, playerId))
      return row ?? null
    },
    async ratingSums() {
      const rows = await database
        .select({
          titleId: ofTitle,
          players: sql<number>`count(*)::integer`,
          mean: sql<number>`avg(${stars})::double precision`,
        })
        .from(titleRatings)
        .groupBy(ofTitle)
      return new Map(rows.map(({ titleId, ...sum }) => [titleId, sum]))
    },
    async ratingsByStars(titleId) {
      const rows = await database
        .select({ stars, count: sql<number>`count(*)::integer` })
        .from(titleRatings)
        .where(eq(ofTitle, titleId))
        .groupBy(stars)
      return [1, 2, 3, 4, 5].map((many) => rows.find((row) => row.stars === many)?.count ?? 0)
    },
    async ratingTexts(titleId, most) {
      return database
        .select()
        .from(titleRatings)
        .where(and(eq(ofTitle, titleId), isNotNull(words)))
        .orderBy(desc(atMs), asc(version))
        .limit(most)
    },
    async ratingsAfter(titleId, after, most) {
      return database
        .select()
        .from(titleRatings)
        .where(and(eq(ofTitle, titleId), gt(ofPlayer, after)))
        .orderBy(asc(ofPlayer))
        .limit(most)
    },
  }
}
