import { gte, inArray, lt, max, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { demandHours, placeHours, sessionPlaces } from './demandSchema.ts'
import type { DemandStore } from './demandStore.ts'

/** Rows of one statement: PostgreSQL takes 65,535 parameters. */
const atOnce = 5_000

function* portions<T>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += atOnce) yield rows.slice(at, at + atOnce)
}

export function sqlDemand(database: Database): DemandStore {
  return {
    async raise(hour, wanted, places) {
      await database.transaction(async (inside) => {
        for (const rows of portions(wanted))
          await inside
            .insert(demandHours)
            .values(rows.map((row) => ({ hour, ...row })))
            .onConflictDoUpdate({
              target: [demandHours.hour, demandHours.region, demandHours.seatClass],
              set: { peak: sql`greatest(${demandHours.peak}, excluded.peak)` },
            })
        for (const rows of portions(places))
          await inside
            .insert(placeHours)
            .values(rows.map((row) => ({ hour, ...row })))
            .onConflictDoUpdate({
              target: [placeHours.hour, placeHours.placeId],
              set: { peak: sql`greatest(${placeHours.peak}, excluded.peak)` },
            })
      })
    },
    async hours(fromHour) {
      return database.select().from(demandHours).where(gte(demandHours.hour, fromHour))
    },
    async places(fromHour, limit) {
      const peak = max(placeHours.peak)
      const rows = await database
        .select({ placeId: placeHours.placeId, peak })
        .from(placeHours)
        .where(gte(placeHours.hour, fromHour))
        .groupBy(placeHours.placeId)
        .orderBy(sql`${peak} desc, ${placeHours.placeId}`)
        .limit(limit)
      return rows.map(({ placeId, peak: most }) => ({ placeId, peak: most ?? 0 }))
    },
    async forget(beforeHour) {
      await database.delete(demandHours).where(lt(demandHours.hour, beforeHour))
      await database.delete(placeHours).where(lt(placeHours.hour, beforeHour))
    },
    async putSessions(rows) {
      for (const some of portions(rows))
        await database.insert(sessionPlaces).values(some).onConflictDoNothing()
    },
    async dropSessions(ids) {
      for (const some of portions(ids))
        await database.delete(sessionPlaces).where(inArray(sessionPlaces.sessionId, some))
    },
    async sessions() {
      return database.select().from(sessionPlaces)
    },
  }
}
