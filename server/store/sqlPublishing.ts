import {
  and,
  asc,
  desc,
  eq,
  inArray,
  isNotNull,
  not,
  notInArray,
  sql,
  TransactionRollbackError,
} from 'drizzle-orm'
import type { TitleChannels } from '../publishing/channels.ts'
import { noChannels } from '../publishing/channels.ts'
import type { Database } from './database.ts'
import { titleEmbeds } from './embedSchema.ts'
import { titleMedia } from './mediaSchema.ts'
import { checkClips, checkPictures, publishedTitles, titleVersions } from './publishingSchema.ts'
import type { PublishingStore, StoredTitle, StoredVersion } from './publishingStore.ts'
import { saveHomes, saveSnapshots } from './savesSchema.ts'
import { sessions } from './schema.ts'
import { forgetPlays, sqlPlays } from './sqlPlays.ts'
import { sqlRatings } from './sqlRatings.ts'

export function sqlPublishing(database: Database): PublishingStore {
  async function find(titleId: string): Promise<StoredTitle | null> {
    const [row] = await database.select().from(publishedTitles).where(eq(publishedTitles.id, titleId))
    return row ?? null
  }

  const isClip = (titleId: string, version: string) =>
    and(eq(checkClips.titleId, titleId), eq(checkClips.version, version))
  const isVersion = (titleId: string, version: string) =>
    and(eq(titleVersions.titleId, titleId), eq(titleVersions.version, version))

  async function version(titleId: string, name: string): Promise<StoredVersion | null> {
    const [row] = await database.select().from(titleVersions).where(isVersion(titleId, name))
    return row ?? null
  }

  async function moved(
    inside: Pick<Database, 'update'>,
    { id, revision }: Pick<StoredTitle, 'id' | 'revision'>,
    channels: TitleChannels,
  ): Promise<boolean> {
    const rows = await inside
      .update(publishedTitles)
      .set({ channels, revision: revision + 1 })
      .where(and(eq(publishedTitles.id, id), eq(publishedTitles.revision, revision)))
      .returning({ id: publishedTitles.id })
    return rows.length > 0
  }

  return {
    async claim(titleId, orgId, atMs) {
      const title = { id: titleId, orgId, createdAtMs: atMs, channels: noChannels, revision: 0 }
      await database.insert(publishedTitles).values(title).onConflictDoNothing()
      return (await find(titleId)) ?? title
    },
    find,
    async ofOrg(orgId) {
      return database
        .select()
        .from(publishedTitles)
        .where(eq(publishedTitles.orgId, orgId))
        .orderBy(asc(publishedTitles.id))
    },
    async all() {
      return database.select().from(publishedTitles).orderBy(asc(publishedTitles.id))
    },
    move: (titleId, revision, channels) => moved(database, { id: titleId, revision }, channels),
    async addVersion(added) {
      await database.insert(titleVersions).values(added).onConflictDoNothing()
      return (await version(added.titleId, added.version)) ?? added
    },
    version,
    async versions(titleId) {
      return database
        .select()
        .from(titleVersions)
        .where(eq(titleVersions.titleId, titleId))
        .orderBy(desc(titleVersions.createdAtMs), desc(titleVersions.version))
    },
    async versionsNamed(keys) {
      const found: StoredVersion[] = []
      for (let at = 0; at < keys.length; at += keysAtOnce)
        found.push(
          ...(await database
            .select()
            .from(titleVersions)
            .where(
              inArray(
                sql`${titleVersions.titleId} || '@' || ${titleVersions.version}`,
                keys.slice(at, at + keysAtOnce),
              ),
            )),
        )
      return found
    },
    async countVersions(titleId) {
      return database.$count(titleVersions, eq(titleVersions.titleId, titleId))
    },
    async names(titleIds) {
      const { titleId, createdAtMs, version: name, manifest } = titleVersions
      const rows = await database
        .selectDistinctOn([titleId], { titleId, name: sql<string>`${manifest}::jsonb ->> 'name'` })
        .from(titleVersions)
        .where(inArray(titleId, [...titleIds]))
        .orderBy(asc(titleId), desc(createdAtMs), desc(name))
      return new Map(rows.map((row) => [row.titleId, row.name]))
    },
    async putPictures(titleId, name, pictures, clip) {
      await database.transaction(async (inside) => {
        await inside.delete(checkClips).where(isClip(titleId, name))
        if (clip !== null)
          await inside.insert(checkClips).values({ titleId, version: name, mp4: clip }).onConflictDoNothing()
        await inside
          .delete(checkPictures)
          .where(and(eq(checkPictures.titleId, titleId), eq(checkPictures.version, name)))
        if (pictures.length === 0) return
        await inside
          .insert(checkPictures)
          .values(pictures.map((picture) => ({ titleId, version: name, ...picture })))
          .onConflictDoNothing()
      })
    },
    async clip(titleId, name) {
      const { mp4 } = checkClips
      const [row] = await database.select({ mp4 }).from(checkClips).where(isClip(titleId, name))
      return row === undefined ? null : Buffer.from(row.mp4, 'base64')
    },
    async picture(titleId, version, name) {
      const { png } = checkPictures
      const [row] = await database
        .select({ png })
        .from(checkPictures)
        .where(
          and(
            eq(checkPictures.titleId, titleId),
            eq(checkPictures.version, version),
            eq(checkPictures.name, name),
          ),
        )
      return row === undefined ? null : Buffer.from(row.png, 'base64')
    },
    async forgetCheckSaves(but) {
      for (const table of [saveSnapshots, saveHomes])
        await database.delete(table).where(
          inArray(
            table.sessionId,
            database
              .select({ id: sessions.id })
              .from(sessions)
              .where(
                and(
                  eq(sessions.channel, 'check'),
                  eq(sessions.ended, true),
                  notInArray(sessions.guestId, [...but]),
                ),
              ),
          ),
        )
    },
    async checking() {
      return database
        .select()
        .from(titleVersions)
        .where(sql`${titleVersions.check}::jsonb ->> 'state' = 'running'`)
    },
    async putCheck(titleId, name, check) {
      await database.update(titleVersions).set({ check }).where(isVersion(titleId, name))
    },
    async hasTree(treeId) {
      const { treeId: column } = titleVersions
      return (
        (await database.select({ column }).from(titleVersions).where(eq(column, treeId)).limit(1)).length > 0
      )
    },
    async played() {
      const rows = await database
        .selectDistinct({ titleId: sessions.titleId, version: sessions.version })
        .from(sessions)
        .where(and(not(sessions.ended), isNotNull(sessions.channel)))
      return new Set(rows.map(({ titleId, version: name }) => `${titleId}@${name}`))
    },
    async dropVersion(title, name, channels) {
      return orNothing(() =>
        database.transaction(async (inside) => {
          if (!(await moved(inside, title, channels))) return false
          const rows = await inside
            .delete(titleVersions)
            .where(
              and(
                isVersion(title.id, name),
                sql`not exists (select from ${sessions} where ${sessions.titleId} = ${title.id}
                  and ${sessions.version} = ${name} and ${sessions.channel} is not null and not ${sessions.ended})`,
              ),
            )
            .returning({ version: titleVersions.version })
          return rows.length > 0 || inside.rollback()
        }),
      )
    },
    async removeTitle({ id, revision }) {
      return orNothing(() =>
        database.transaction(async (inside) => {
          if (!(await moved(inside, { id, revision }, { ...noChannels, withdrawn: true }))) return false
          const played = await inside
            .select({ id: sessions.id })
            .from(sessions)
            .where(and(eq(sessions.titleId, id), isNotNull(sessions.channel), not(sessions.ended)))
            .limit(1)
          if (played.length > 0) return inside.rollback()
          await inside.delete(titleVersions).where(eq(titleVersions.titleId, id))
          await inside.delete(titleMedia).where(eq(titleMedia.titleId, id))
          await inside.delete(titleEmbeds).where(eq(titleEmbeds.titleId, id))
          await forgetPlays(inside, id)
          await inside.delete(saveSnapshots).where(eq(saveSnapshots.titleId, id))
          await inside.delete(saveHomes).where(eq(saveHomes.titleId, id))
          return true
        }),
      )
    },
    ...sqlPlays(database),
    ...sqlRatings(database),
  }
}

/** Fewer than a statement's parameters may be. */
const keysAtOnce = 1_000

/** False for a transaction that took itself back. */
async function orNothing(run: () => Promise<boolean>): Promise<boolean> {
  try {
    return await run()
  } catch (cause) {
    if (cause instanceof TransactionRollbackError) return false
    throw cause
  }
}
