import { and, asc, count, eq, gt, sql } from 'drizzle-orm'
import { accounts, organisationMembers, organisations } from './accountSchema.ts'
import type { Database } from './database.ts'
import type { LeavingStore, OwnedOrganisation } from './leavingStore.ts'
import { publishedTitles, titleRatings, titleVersions } from './publishingSchema.ts'
import { saveHomes, saveSnapshots } from './savesSchema.ts'
import { enrolTokens, guests, nodes, sessionPlayers, sessions } from './schema.ts'

type Inside = Pick<Database, 'select' | 'selectDistinctOn' | 'delete' | 'execute'>

const isOwner = sql`'owner' = any(string_to_array(${organisationMembers.role}, ','))`

export function sqlLeaving(database: Database): LeavingStore {
  return {
    soleOwnerOf: (accountId) => soleOwnerOf(database, accountId),
    removeAccount(accountId) {
      return database.transaction(async (inside) => {
        // Owners of the same organisation that leave at once do so one after the other.
        await inside.execute(sql`
          select id from organisations where id in
            (select org_id from organisation_members where account_id = ${accountId}) order by id for update`)
        const standing = await soleOwnerOf(inside, accountId)
        if (standing.length > 0) return standing
        const [gone] = await inside
          .delete(accounts)
          .where(eq(accounts.id, accountId))
          .returning({ playerId: accounts.playerId })
        if (gone !== undefined) await forgetPlayer(inside, gone.playerId)
        return []
      })
    },
    async membersOf(orgId) {
      const { organizationId, userId, role } = organisationMembers
      const { id, name, email } = accounts
      return database
        .select({ accountId: id, name, email, role })
        .from(organisationMembers)
        .innerJoin(accounts, eq(id, userId))
        .where(eq(organizationId, orgId))
        .orderBy(asc(name), asc(id))
    },
    removeOrganisation(orgId, ownerId) {
      return database.transaction(async (inside) => {
        await inside.execute(sql`select id from organisations where id = ${orgId} for update`)
        const { organizationId, userId } = organisationMembers
        const owners = await inside
          .select({ userId })
          .from(organisationMembers)
          .where(and(eq(organizationId, orgId), eq(userId, ownerId), isOwner))
        const versions = await inside
          .select({ version: titleVersions.version })
          .from(titleVersions)
          .innerJoin(publishedTitles, eq(publishedTitles.id, titleVersions.titleId))
          .where(eq(publishedTitles.orgId, orgId))
          .limit(1)
        if (owners.length === 0 || versions.length > 0) return false
        await inside.execute(sql`select drop_organisation(${orgId})`)
        await inside.delete(enrolTokens).where(eq(enrolTokens.host, orgId))
        await inside.delete(nodes).where(eq(nodes.host, orgId))
        return true
      })
    },

    async savesOf(playerId) {
      const { guestId, titleId, slot, version, takenAtMs, files } = saveSnapshots
      return database
        .selectDistinctOn([titleId, slot], { titleId, slot, version, takenAtMs, files })
        .from(saveSnapshots)
        .where(eq(guestId, playerId))
        .orderBy(asc(titleId), asc(slot), sql`${version} desc`)
    },
    async sessionsOf(playerId, after, most) {
      const { id, guestId, titleId, version, createdAtMs, state } = sessions
      return database
        .select({ id, titleId, version, createdAtMs, state })
        .from(sessions)
        .where(and(eq(guestId, playerId), gt(id, after)))
        .orderBy(asc(id))
        .limit(most)
    },
    async countSessions(playerId) {
      const [row] = await database
        .select({ sessions: count() })
        .from(sessions)
        .where(eq(sessions.guestId, playerId))
      return row?.sessions ?? 0
    },
    async ratingsOf(player) {
      const { titleId, playerId, stars, words, atMs } = titleRatings
      return database
        .select({ titleId, stars, words, atMs })
        .from(titleRatings)
        .where(eq(playerId, player))
        .orderBy(asc(titleId))
    },
    forgetPlayer: (playerId) => database.transaction((inside) => forgetPlayer(inside, playerId)),
  }
}

async function soleOwnerOf(database: Inside, accountId: string): Promise<readonly OwnedOrganisation[]> {
  const { id, name, slug, kind } = organisations
  return database
    .select({ id, name, slug, kind })
    .from(organisations)
    .innerJoin(organisationMembers, eq(organisationMembers.organizationId, id))
    .where(isOwner)
    .groupBy(id)
    .having(sql`count(*) = 1 and min(${organisationMembers.userId}) = ${accountId}`)
    .orderBy(asc(name), asc(id))
}

/** What came of sessions stays with their titles (`title_plays`), which name nobody. */
async function forgetPlayer(inside: Inside, player: string): Promise<void> {
  await inside.delete(saveSnapshots).where(eq(saveSnapshots.guestId, player))
  await inside.delete(saveHomes).where(eq(saveHomes.guestId, player))
  await inside.delete(titleRatings).where(eq(titleRatings.playerId, player))
  await inside.delete(sessionPlayers).where(eq(sessionPlayers.guestId, player))
  await inside.delete(sessions).where(and(eq(sessions.guestId, player), sessions.ended))
  await inside
    .delete(guests)
    .where(
      and(
        eq(guests.id, player),
        sql`not exists (select from ${sessions} where ${sessions.guestId} = ${guests.id})`,
      ),
    )
}
