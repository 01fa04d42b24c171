import { and, asc, desc, eq, gt, gte, isNotNull, lt, ne, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { titlePlays, titleRatings } from './publishingSchema.ts'
import type { PlayGroup, PlayStore, PlaySum, TitlePlay } from './publishingStore.ts'
import { sessions } from './schema.ts'
import { qualityFigures } from './sqlPlayQuality.ts'

const dayOf = (atMs: unknown) =>
  sql<string>`to_char(to_timestamp(${atMs} / 1000) at time zone 'UTC', 'YYYY-MM-DD')`

export function sqlPlays(database: Database): PlayStore {
  const {
    titleId: ofTitle,
    createdAtMs,
    playAtMs,
    endedAtMs,
    region,
    version,
    channel,
    reason,
    nodeId,
    network,
  } = titlePlays

  const playerId = sql<string>`coalesce(${sessions.guestId}, ${titlePlays.sessionId})`

  /** Of these days, without what was staged. */
  const countedIn = (titleId: string, fromMs: number, untilMs: number): SQL =>
    sql`${eq(ofTitle, titleId)} and ${gte(createdAtMs, fromMs)} and ${lt(createdAtMs, untilMs)} and ${ne(channel, 'staging')}`

  return {
    async addPlay(play, origin) {
      const { place, quality, ...rest } = play
      await database
        .insert(titlePlays)
        .values({ ...rest, ...origin, ...place, ...quality })
        .onConflictDoNothing()
    },
    async unnoted() {
      const rows = await database
        .select({ id: sessions.id })
        .from(sessions)
        .leftJoin(titlePlays, eq(titlePlays.sessionId, sessions.id))
        .where(sql`${sessions.channel} <> 'check' and ${sessions.ended} and ${titlePlays.sessionId} is null`)
      return rows.map(({ id }) => id)
    },
    async outcomes(titleId, sinceMs) {
      return database
        .select({ version, channel, reason, playAtMs, playerId, nodeId, network })
        .from(titlePlays)
        .leftJoin(sessions, eq(sessions.id, titlePlays.sessionId))
        .where(and(eq(ofTitle, titleId), gte(createdAtMs, sinceMs)))
        .orderBy(asc(endedAtMs), asc(titlePlays.sessionId))
    },
    async playFigures(titleId, fromMs, untilMs) {
      const counted = countedIn(titleId, fromMs, untilMs)
      const day = dayOf(createdAtMs)
      const percentile = (share: number) =>
        sql<
          number | null
        >`percentile_cont(${sql.raw(String(share))}) within group (order by ${playAtMs} - ${createdAtMs})`
      const sums = {
        plays: sql<number>`count(${playAtMs})::integer`,
        minutes: sql<number>`coalesce(sum(${endedAtMs} - ${playAtMs}), 0) / 60000`,
        startP50Ms: percentile(0.5),
        startP95Ms: percentile(0.95),
      }
      const [total] = await database.select(sums).from(titlePlays).where(counted)
      const groups = await database
        .select({ day, region, version, ...sums })
        .from(titlePlays)
        .where(counted)
        .groupBy(sql`1, 2, 3`)
        .orderBy(sql`1, 2, 3`)
      const ends = await database
        .select({
          day,
          region,
          version,
          reason,
          played: sql<boolean>`${playAtMs} is not null`,
          count: sql<number>`count(*)::integer`,
        })
        .from(titlePlays)
        .where(counted)
        .groupBy(sql`1, 2, 3, 4, 5`)
        .orderBy(sql`1, 2, 3, 4, 5`)
      const byGroup = new Map<string, PlayGroup['ends'][number][]>()
      for (const { reason: why, played, count, ...group } of ends) {
        const key = keyOf(group)
        byGroup.set(key, [...(byGroup.get(key) ?? []), { reason: why, played, count }])
      }
      // Who ends makes room before who comes at the same moment; what there was before a move counts for its day too.
      const moves = sql`
        select ${playAtMs} as at, 1 as step from ${titlePlays} where ${counted} and ${playAtMs} is not null
        union all
        select ${endedAtMs}, -1 from ${titlePlays} where ${counted} and ${playAtMs} is not null`
      const peaks = await database
        .select({
          day: sql<string>`day`,
          mostAtOnce: sql<number>`max(greatest(now, now - step))::integer`,
        })
        .from(
          sql`(select ${dayOf(sql`at`)} as day, step, sum(step) over (order by at, step) as now
            from (${moves}) moves) running`,
        )
        .groupBy(sql`1`)
        .orderBy(sql`1`)
      return {
        groups: groups.map((group) => ({ ...group, ends: byGroup.get(keyOf(group)) ?? [] })),
        total: total ?? nothing,
        peaks,
      }
    },
    qualityFigures: (titleId, fromMs, untilMs, leastPlayers) =>
      qualityFigures(database, { counted: countedIn(titleId, fromMs, untilMs), dayOf, leastPlayers }),
    async latestPlays(titleId, most) {
      const rows = await database
        .select()
        .from(titlePlays)
        .where(eq(ofTitle, titleId))
        .orderBy(desc(createdAtMs), asc(titlePlays.sessionId))
        .limit(most)
      return rows.map(playIn)
    },
    async playsAfter(titleId, after, most) {
      const rows = await database
        .select()
        .from(titlePlays)
        .where(and(eq(ofTitle, titleId), gt(titlePlays.sessionId, after)))
        .orderBy(asc(titlePlays.sessionId))
        .limit(most)
      return rows.map(playIn)
    },
    forgetPlays: (titleId) => database.transaction((inside) => forgetPlays(inside, titleId)),
  }
}

/** Of sessions that have ended, its ratings too, and that nothing is noted of them again: the rest of their row says nothing to the publisher. */
export async function forgetPlays(
  inside: Pick<Database, 'delete' | 'update'>,
  titleId: string,
): Promise<void> {
  await inside
    .update(sessions)
    .set({ version: null, channel: null })
    .where(and(eq(sessions.titleId, titleId), isNotNull(sessions.channel), eq(sessions.ended, true)))
  await inside.delete(titlePlays).where(eq(titlePlays.titleId, titleId))
  await inside.delete(titleRatings).where(eq(titleRatings.titleId, titleId))
}

function playIn(row: typeof titlePlays.$inferSelect): TitlePlay {
  const { country, lat, lon, clickP50Ms, clickP95Ms, framesShown, framesDropped, framesDecoded, ...rest } =
    row
  const { decodeMs, freezes, frozenMs, seenMs, nodeId: _node, network: _network, ...play } = rest
  return {
    ...play,
    place: country === null || lat === null || lon === null ? null : { country, lat, lon },
    quality:
      seenMs === null
        ? null
        : {
            clickP50Ms,
            clickP95Ms,
            framesShown: framesShown ?? 0,
            framesDropped: framesDropped ?? 0,
            framesDecoded: framesDecoded ?? 0,
            decodeMs: decodeMs ?? 0,
            freezes: freezes ?? 0,
            frozenMs: frozenMs ?? 0,
            seenMs,
          },
  }
}

const nothing: PlaySum = { plays: 0, minutes: 0, startP50Ms: null, startP95Ms: null }

const keyOf = ({ day, region, version }: Pick<PlayGroup, 'day' | 'region' | 'version'>): string =>
  JSON.stringify([day, region, version])
