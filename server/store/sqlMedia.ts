import { and, asc, eq, getTableColumns, inArray, isNull, lt, notExists, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { mediaBlobs, mediaWorks, titleMedia } from './mediaSchema.ts'
import type { MediaStore, WorkKey, WorkState } from './mediaStore.ts'
import { publishedTitles, titleVersions } from './publishingSchema.ts'

const waitingState: WorkState = { kind: 'waiting' }
/** Of one look at what is to be done. */
const mostWaiting = 500

export function sqlMedia(database: Database): MediaStore {
  const isWork = ({ key, form }: WorkKey) => and(eq(mediaWorks.key, key), eq(mediaWorks.form, form))
  const ofWork = and(eq(titleMedia.key, mediaWorks.key), eq(titleMedia.form, mediaWorks.form))
  const columns = { ...getTableColumns(titleMedia), state: mediaWorks.state }

  return {
    async add(media, source) {
      if (media.length === 0) return
      await database.transaction(async (inside) => {
        for (const { key, form, createdAtMs } of media) {
          await inside
            .insert(mediaWorks)
            .values({ key, form, source, state: waitingState, createdAtMs })
            .onConflictDoUpdate({
              target: [mediaWorks.key, mediaWorks.form],
              set: { state: waitingState },
              setWhere: sql`${mediaWorks.state}::jsonb ->> 'kind' = 'refused'`,
            })
          if (source === 'upload')
            await inside.insert(mediaBlobs).values({ sha256: key, key, form }).onConflictDoNothing()
        }
        await inside.insert(titleMedia).values([...media])
      })
    },
    async of(titleIds) {
      return database
        .select(columns)
        .from(titleMedia)
        .innerJoin(mediaWorks, ofWork)
        .where(inArray(titleMedia.titleId, [...titleIds]))
        .orderBy(asc(titleMedia.kind), asc(titleMedia.position), asc(titleMedia.createdAtMs))
    },
    async find(titleId, mediaId) {
      const [row] = await database
        .select(columns)
        .from(titleMedia)
        .innerJoin(mediaWorks, ofWork)
        .where(and(eq(titleMedia.id, mediaId), eq(titleMedia.titleId, titleId)))
      return row ?? null
    },
    async describe(mediaId, alt) {
      await database.update(titleMedia).set({ alt }).where(eq(titleMedia.id, mediaId))
    },
    async place(positions) {
      await database.transaction(async (inside) => {
        for (const [mediaId, position] of positions)
          await inside.update(titleMedia).set({ position }).where(eq(titleMedia.id, mediaId))
      })
    },
    async remove(mediaIds, atMs) {
      await database
        .update(titleMedia)
        .set({ removedAtMs: atMs })
        .where(inArray(titleMedia.id, [...mediaIds]))
    },
    async forgetRemoved(beforeMs) {
      await database.delete(titleMedia).where(lt(titleMedia.removedAtMs, beforeMs))
    },
    async usage(orgId) {
      const [row] = await database
        .select({ bytes: sql<number>`coalesce(sum(${titleMedia.bytes}), 0)`.mapWith(Number) })
        .from(titleMedia)
        .innerJoin(publishedTitles, eq(publishedTitles.id, titleMedia.titleId))
        .where(and(eq(publishedTitles.orgId, orgId), isNull(titleMedia.version)))
      return row?.bytes ?? 0
    },
    async versionsWithout() {
      const { titleId, version, treeId, manifest } = titleVersions
      return database
        .select({ titleId, version, treeId, manifest })
        .from(titleVersions)
        .where(
          notExists(
            database
              .select({ id: titleMedia.id })
              .from(titleMedia)
              .where(and(eq(titleMedia.titleId, titleId), eq(titleMedia.version, version))),
          ),
        )
    },
    async waiting() {
      const rows = await database
        .selectDistinctOn([mediaWorks.createdAtMs, mediaWorks.key, mediaWorks.form], {
          key: mediaWorks.key,
          form: mediaWorks.form,
          source: mediaWorks.source,
          orgId: publishedTitles.orgId,
          treeId: titleVersions.treeId,
          path: titleMedia.name,
        })
        .from(mediaWorks)
        .innerJoin(titleMedia, ofWork)
        .innerJoin(publishedTitles, eq(publishedTitles.id, titleMedia.titleId))
        .leftJoin(
          titleVersions,
          and(eq(titleVersions.titleId, titleMedia.titleId), eq(titleVersions.version, titleMedia.version)),
        )
        .where(eq(mediaWorks.state, waitingState))
        .orderBy(asc(mediaWorks.createdAtMs), asc(mediaWorks.key), asc(mediaWorks.form))
        .limit(mostWaiting)
      return rows
    },
    async settle(work, state, blobs) {
      return database.transaction(async (inside) => {
        const rows = await inside
          .update(mediaWorks)
          .set({ state })
          .where(isWork(work))
          .returning({ key: mediaWorks.key })
        if (rows.length === 0) return false
        if (blobs.length > 0)
          await inside
            .insert(mediaBlobs)
            .values(blobs.map((sha256) => ({ sha256, key: work.key, form: work.form })))
            .onConflictDoNothing()
        return true
      })
    },
    async titlesOf({ key, form }) {
      const rows = await database
        .selectDistinct({ titleId: titleMedia.titleId })
        .from(titleMedia)
        .where(and(eq(titleMedia.key, key), eq(titleMedia.form, form)))
      return rows.map(({ titleId }) => titleId)
    },
    async dropUnused() {
      return database.transaction(async (inside) => {
        const unused = await inside
          .select({ key: mediaWorks.key, form: mediaWorks.form, sha256: mediaBlobs.sha256 })
          .from(mediaWorks)
          .leftJoin(mediaBlobs, and(eq(mediaBlobs.key, mediaWorks.key), eq(mediaBlobs.form, mediaWorks.form)))
          .where(notExists(inside.select({ id: titleMedia.id }).from(titleMedia).where(ofWork)))
        for (const work of unused) await inside.delete(mediaWorks).where(isWork(work))
        const hashes = [...new Set(unused.flatMap(({ sha256 }) => sha256 ?? []))]
        const others = await neededIn(inside, hashes)
        return hashes.filter((sha256) => !others.has(sha256))
      })
    },
    needed: (hashes) => neededIn(database, hashes),
  }
}

async function neededIn(
  database: Pick<Database, 'selectDistinct'>,
  hashes: readonly string[],
): Promise<ReadonlySet<string>> {
  if (hashes.length === 0) return new Set()
  const rows = await database
    .selectDistinct({ sha256: mediaBlobs.sha256 })
    .from(mediaBlobs)
    .where(inArray(mediaBlobs.sha256, [...hashes]))
  return new Set(rows.map(({ sha256 }) => sha256))
}
