import { and, asc, desc, eq, getTableColumns, lt, lte, sql, type SQL } from 'drizzle-orm'
import { type Database, idsIn } from './database.ts'
import { saveHomes, saveSnapshots } from './savesSchema.ts'
import type { HomeKey, SaveStore } from './savesStore.ts'

type Keyed = Pick<typeof saveHomes, keyof HomeKey> | Pick<typeof saveSnapshots, keyof HomeKey>
const isHome = (table: Keyed, { guestId, titleId, slot }: HomeKey): SQL | undefined =>
  and(eq(table.guestId, guestId), eq(table.titleId, titleId), eq(table.slot, slot))

export function sqlSaves(database: Database): SaveStore {
  const { seq: _seq, ...homeColumns } = getTableColumns(saveHomes)
  return {
    async homes(guestId, titleId) {
      return database
        .select(homeColumns)
        .from(saveHomes)
        .where(and(eq(saveHomes.guestId, guestId), eq(saveHomes.titleId, titleId)))
        .orderBy(asc(saveHomes.slot))
    },
    async ofSession(sessionId) {
      const [home] = await database
        .select(homeColumns)
        .from(saveHomes)
        .where(eq(saveHomes.sessionId, sessionId))
      return home ?? null
    },
    async take(key, seen, { sessionId, nodeId, leaseId }) {
      const holder = { sessionId, nodeId, leaseId, term: seen + 1, closed: false, seq: 0 }
      const [home] =
        seen === 0
          ? await database
              .insert(saveHomes)
              .values({ ...key, ...holder, version: 0, leftBehind: false })
              .onConflictDoNothing()
              .returning(homeColumns)
          : await database
              .update(saveHomes)
              .set(holder)
              .where(and(isHome(saveHomes, key), eq(saveHomes.term, seen)))
              .returning(homeColumns)
      return home ?? null
    },
    async latest(key) {
      const { version, nodeId, takenAtMs, files } = saveSnapshots
      const [snapshot] = await database
        .select({ version, nodeId, takenAtMs, files })
        .from(saveSnapshots)
        .where(isHome(saveSnapshots, key))
        .orderBy(desc(version))
        .limit(1)
      return snapshot ?? null
    },
    keep({ guestId, titleId, slot, term, seq, ...snapshot }, keepLast) {
      const key = { guestId, titleId, slot }
      return database.transaction(async (inside) => {
        const isTerm = and(isHome(saveHomes, key), eq(saveHomes.term, term))
        const [home] = await inside
          .update(saveHomes)
          .set({ version: sql`${saveHomes.version} + 1`, seq, leftBehind: false })
          .where(and(isTerm, lt(saveHomes.seq, seq)))
          .returning({ version: saveHomes.version })
        if (home === undefined) {
          const [same] = await inside
            .select({ version: saveHomes.version })
            .from(saveHomes)
            .where(and(isTerm, eq(saveHomes.seq, seq)))
          return same?.version ?? null
        }
        const { version } = home
        const chunks = [...new Set(snapshot.files.flatMap((file) => file.chunks))]
        await inside.insert(saveSnapshots).values({ ...key, ...snapshot, version, chunks })
        await inside
          .delete(saveSnapshots)
          .where(and(isHome(saveSnapshots, key), lte(saveSnapshots.version, version - keepLast)))
        return version
      })
    },
    async leave(key, term, seq) {
      const isNext = sql`${saveHomes.seq} < ${seq}`
      const changed = await database
        .update(saveHomes)
        .set({
          leftBehind: sql`${saveHomes.leftBehind} or ${isNext}`,
          seq: sql`greatest(${saveHomes.seq}, ${seq})`,
        })
        .where(and(isHome(saveHomes, key), eq(saveHomes.term, term)))
        .returning({ term: saveHomes.term })
      return changed.length > 0
    },
    async close(key, term) {
      const changed = await database
        .update(saveHomes)
        .set({ closed: true })
        .where(and(isHome(saveHomes, key), eq(saveHomes.term, term)))
        .returning({ term: saveHomes.term })
      return changed.length > 0
    },
    async chunksOf(key) {
      const rows = await database
        .select({ chunks: saveSnapshots.chunks })
        .from(saveSnapshots)
        .where(isHome(saveSnapshots, key))
      return new Set(rows.flatMap(({ chunks }) => chunks))
    },
    async needed(chunks) {
      return idsIn(
        await database.execute(
          sql`select given.id from jsonb_array_elements_text(${JSON.stringify(chunks)}::jsonb) as given(id)
            where exists (select 1 from ${saveSnapshots} where chunks @> array[given.id])`,
        ),
      )
    },
  }
}
