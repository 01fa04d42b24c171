import { and, count, eq, getTableColumns, inArray, lt, notInArray, sql, type SQL } from 'drizzle-orm'
import { asTable } from './asTable.ts'
import { type Database, idsIn } from './database.ts'
import { packageChunks, packageTrees, packageUploads, packageUsage } from './packageSchema.ts'
import type { HashText, PackageStore } from './packageStore.ts'

const hashes = (text: HashText): SQL<string[]> => sql`string_to_array(${text}, ',')`
/** As `server/packages/charge.ts` counts it. */
const charge = sql.raw('greatest(bytes, 4096) + 512')

/** What the texts of an organisation's uploads and trees cost. */
const textsOf = (orgId: string): SQL =>
  sql`coalesce((select sum(text_charge) from ${packageUploads} where org_id = ${orgId} and state in ('receiving', 'unpacking')), 0)
    + coalesce((select sum(text_charge) from ${packageTrees} where org_id = ${orgId}), 0)`

/** By a row of the same organisation. `offset 0` keeps the two questions apart, so that the index answers the first. */
const isNamedBy = (table: typeof packageTrees | typeof packageUploads): SQL =>
  sql`exists (select 1 from (select n.org_id from ${table} n where n.chunks @> array[c.sha256] offset 0) named
    where named.org_id = c.org_id)`

export function sqlPackages(database: Database): PackageStore {
  const { chunks: _chunks, ...uploadColumns } = getTableColumns(packageUploads)
  const isUpload = (orgId: string, id: string): SQL | undefined =>
    and(eq(packageUploads.orgId, orgId), eq(packageUploads.id, id))
  const isIn = (id: string, state: 'receiving' | 'unpacking' | 'done' | 'refused'): SQL | undefined =>
    and(eq(packageUploads.id, id), eq(packageUploads.state, state))

  return {
    begin({ chunks, ...upload }, maxOpen) {
      return database.transaction(async (inside) => {
        const [same] = await inside
          .update(packageUploads)
          .set({ touchedAtMs: upload.touchedAtMs })
          .where(and(eq(packageUploads.orgId, upload.orgId), eq(packageUploads.contentId, upload.contentId)))
          .returning(uploadColumns)
        if (same !== undefined && same.state !== 'refused') return same
        const [open] = await inside
          .select({ uploads: count() })
          .from(packageUploads)
          .where(
            and(
              eq(packageUploads.orgId, upload.orgId),
              inArray(packageUploads.state, ['receiving', 'unpacking']),
            ),
          )
        if ((open?.uploads ?? 0) >= maxOpen) return null
        if (same !== undefined) await inside.delete(packageUploads).where(eq(packageUploads.id, same.id))
        const [made] = await inside
          .insert(packageUploads)
          .values({ ...upload, chunks: hashes(chunks), state: 'receiving' })
          .returning(uploadColumns)
        return made ?? null
      })
    },
    async upload(orgId, uploadId) {
      const [found] = await database
        .select(uploadColumns)
        .from(packageUploads)
        .where(isUpload(orgId, uploadId))
      return found ?? null
    },
    unpacking: async () =>
      database.select(uploadColumns).from(packageUploads).where(eq(packageUploads.state, 'unpacking')),
    async move(uploadId, from, to, atMs) {
      const moved = await database
        .update(packageUploads)
        .set({ state: to, touchedAtMs: atMs })
        .where(isIn(uploadId, from))
        .returning({ id: packageUploads.id })
      return moved.length > 0
    },
    async touch(uploadId, atMs) {
      await database.update(packageUploads).set({ touchedAtMs: atMs }).where(eq(packageUploads.id, uploadId))
    },
    async needs(uploadId, chunks, atMs) {
      await database
        .update(packageUploads)
        .set({ chunks: hashes(chunks), touchedAtMs: atMs })
        .where(eq(packageUploads.id, uploadId))
    },
    complete(uploadId, from, { treeId, chunks, atMs, textCharge }) {
      return database.transaction(async (inside) => {
        const named = chunks === null ? sql`u.chunks` : hashes(chunks)
        await inside.execute(
          sql`insert into ${packageTrees} (org_id, tree_id, kept, chunks, touched_at_ms, text_charge)
              select u.org_id, ${treeId}, false, ${named}, ${atMs}, ${textCharge} from ${packageUploads} u
              where u.id = ${uploadId} and u.state = ${from}
            on conflict (org_id, tree_id) do update set touched_at_ms = excluded.touched_at_ms`,
        )
        const done = await inside
          .update(packageUploads)
          .set({ state: 'done', treeId, chunks: [], touchedAtMs: atMs })
          .where(isIn(uploadId, from))
          .returning({ id: packageUploads.id })
        return done.length > 0
      })
    },
    async refuse(uploadId, error, atMs) {
      await database
        .update(packageUploads)
        .set({ state: 'refused', error, chunks: [], touchedAtMs: atMs })
        .where(eq(packageUploads.id, uploadId))
    },
    async remove(orgId, uploadId) {
      await database.delete(packageUploads).where(isUpload(orgId, uploadId))
    },

    async had(orgId, chunks) {
      const given = asTable(
        chunks.map((sha256) => ({ sha256 })),
        'sha256 text',
      )
      const { rows } = (await database.execute(
        sql`select c.sha256, c.bytes from ${given} join ${packageChunks} c on c.sha256 = given.sha256 and c.org_id = ${orgId}`,
      )) as unknown as { rows: { sha256: string; bytes: number }[] }
      return new Map(rows.map(({ sha256, bytes }) => [sha256, bytes]))
    },
    async add(orgId, chunks, atMs) {
      const given = asTable(chunks, 'sha256 text, bytes integer')
      const { rows } = (await database.execute(
        sql`with added as (
            insert into ${packageChunks} (org_id, sha256, bytes, came_at_ms)
              select ${orgId}, given.sha256, given.bytes, ${atMs} from ${given}
              on conflict do nothing returning bytes
          )
          insert into ${packageUsage} (org_id, bytes) select ${orgId}, coalesce(sum(${charge}), 0) from added
            on conflict (org_id) do update set bytes = ${packageUsage}.bytes + excluded.bytes
            returning bytes + ${textsOf(orgId)} as bytes`,
      )) as unknown as { rows: { bytes: number }[] }
      return Number(rows[0]?.bytes ?? 0)
    },
    async usage(orgId) {
      const { rows } = (await database.execute(
        sql`select coalesce((select bytes from ${packageUsage} where org_id = ${orgId}), 0) + ${textsOf(orgId)} as bytes`,
      )) as unknown as { rows: { bytes: number }[] }
      return Number(rows[0]?.bytes ?? 0)
    },

    async hasTree(treeId) {
      const [found] = await database
        .select({ treeId: packageTrees.treeId })
        .from(packageTrees)
        .where(eq(packageTrees.treeId, treeId))
        .limit(1)
      return found !== undefined
    },
    async touchTree(orgId, treeId, atMs) {
      const touched = await database
        .update(packageTrees)
        .set({ touchedAtMs: atMs })
        .where(and(eq(packageTrees.orgId, orgId), eq(packageTrees.treeId, treeId)))
        .returning({ treeId: packageTrees.treeId })
      return touched.length > 0
    },
    async keep(treeId) {
      const kept = await database
        .update(packageTrees)
        .set({ kept: true })
        .where(eq(packageTrees.treeId, treeId))
        .returning({ treeId: packageTrees.treeId })
      return kept.length > 0
    },
    async forget(treeId, atMs) {
      await database
        .update(packageTrees)
        .set({ kept: false, touchedAtMs: atMs })
        .where(eq(packageTrees.treeId, treeId))
    },

    async expire({ comingMs, othersMs }) {
      await database
        .delete(packageUploads)
        .where(and(eq(packageUploads.state, 'receiving'), lt(packageUploads.touchedAtMs, comingMs)))
      await database
        .delete(packageUploads)
        .where(
          and(
            notInArray(packageUploads.state, ['receiving', 'unpacking']),
            lt(packageUploads.touchedAtMs, othersMs),
          ),
        )
      await database
        .delete(packageTrees)
        .where(and(eq(packageTrees.kept, false), lt(packageTrees.touchedAtMs, othersMs)))
    },
    async release(orgId, chunks, beforeMs) {
      const given = asTable(
        chunks.map((sha256) => ({ sha256 })),
        'sha256 text',
      )
      const ofOrg = orgId === null ? sql`` : sql`and c.org_id = ${orgId}`
      return database.transaction(async (inside) => {
        // The planner takes rows with a hundred thousand hashes for small ones, and reads them all for each chunk: 3 s a thousand, where the
        // index of their hashes takes 30 ms.
        await inside.execute(sql`set local enable_seqscan = off`)
        const { rows } = (await inside.execute(
          sql`with gone as (
              delete from ${packageChunks} c using ${given}
                where c.sha256 = given.sha256 and c.came_at_ms < ${beforeMs} ${ofOrg}
                and not ${isNamedBy(packageTrees)} and not ${isNamedBy(packageUploads)}
                returning c.org_id, c.sha256, c.bytes
            ), counted as (
              update ${packageUsage} u set bytes = u.bytes - sums.bytes
                from (select org_id, sum(${charge}) as bytes from gone group by org_id) sums
                where u.org_id = sums.org_id
            )
            select distinct sha256 from gone`,
        )) as unknown as { rows: { sha256: string }[] }
        return rows.map(({ sha256 }) => sha256)
      })
    },
    async needed(hashes) {
      return idsIn(
        await database.execute(
          sql`select given.id from ${asTable(
            hashes.map((id) => ({ id })),
            'id text',
          )} where exists (select 1 from ${packageChunks} where sha256 = given.id)
            or exists (select 1 from ${packageTrees} where tree_id = given.id)
            or exists (select 1 from ${packageUploads} where content_id = given.id and state in ('receiving', 'unpacking'))`,
        ),
      )
    },
  }
}
