import { and, asc, desc, eq, inArray, isNull, lt, ne } from 'drizzle-orm'
import {
  accountCredentials,
  accountPasskeys,
  accounts,
  accountSessions,
  accountTokens,
  apiKeys,
  auditLog,
  operatorLinks,
  organisationInvitations,
  organisationMembers,
  organisations,
  signInAttempts,
} from './accountSchema.ts'
import type { AccountStore } from './accountStore.ts'
import type { Database } from './database.ts'

export function sqlAccounts(database: Database): AccountStore {
  const { id, name, email, playerId, isOperator } = accounts
  return {
    library: {
      database,
      tables: {
        user: accounts,
        session: accountSessions,
        account: accountCredentials,
        verification: accountTokens,
        passkey: accountPasskeys,
        organization: organisations,
        member: organisationMembers,
        invitation: organisationInvitations,
      },
    },
    async find(accountId) {
      const [row] = await database
        .select({ id, name, email, playerId, isOperator })
        .from(accounts)
        .where(eq(id, accountId))
      return row ?? null
    },
    memberships: (accountId) =>
      database
        .select({
          id: organisations.id,
          name: organisations.name,
          slug: organisations.slug,
          kind: organisations.kind,
          role: organisationMembers.role,
        })
        .from(organisationMembers)
        .innerJoin(organisations, eq(organisations.id, organisationMembers.organizationId))
        .where(eq(organisationMembers.userId, accountId))
        .orderBy(asc(organisations.name), asc(organisations.id)),
    async organisationName(orgId) {
      const [row] = await database
        .select({ name: organisations.name })
        .from(organisations)
        .where(eq(organisations.id, orgId))
      return row?.name ?? null
    },
    async isPlayerTaken(player) {
      return (await database.select({ id }).from(accounts).where(eq(playerId, player))).length > 0
    },
    async dropOtherWays(accountId) {
      await database.delete(accountPasskeys).where(eq(accountPasskeys.userId, accountId))
      const { userId, providerId } = accountCredentials
      await database
        .delete(accountCredentials)
        .where(and(eq(userId, accountId), ne(providerId, 'credential')))
    },
    async settle(accountId, guestId) {
      return database.transaction(async (inside) => {
        const [row] = await inside
          .select({ playerId, isSettled: accounts.isSettled })
          .from(accounts)
          .where(eq(id, accountId))
          .for('update')
        if (row === undefined || row.isSettled) return row?.playerId ?? null
        const taken = await inside
          .select({ id })
          .from(accounts)
          .where(eq(playerId, guestId ?? ''))
        const player = guestId === null || taken.length > 0 ? row.playerId : guestId
        await inside.update(accounts).set({ playerId: player, isSettled: true }).where(eq(id, accountId))
        return player
      })
    },

    attempt(keys, count) {
      return database.transaction(async (inside) => {
        // In one order, so that two at once never wait for each other.
        await inside
          .insert(signInAttempts)
          .values([...keys].sort().map((key) => ({ key, failures: 0, lastAtMs: 0, untilMs: 0 })))
          .onConflictDoNothing()
        const rows = await inside
          .select()
          .from(signInAttempts)
          .where(inArray(signInAttempts.key, [...keys]))
          .orderBy(asc(signInAttempts.key))
          .for('update')
        const known = new Map(rows.map((row) => [row.key, row]))
        const { attempts, waitMs } = count(keys.map((key) => known.get(key) ?? null))
        for (const [index, key] of keys.entries()) {
          const now = attempts?.[index]
          if (now !== undefined)
            await inside.update(signInAttempts).set(now).where(eq(signInAttempts.key, key))
        }
        return waitMs
      })
    },
    async clearAttempts(keys) {
      await database.delete(signInAttempts).where(inArray(signInAttempts.key, [...keys]))
    },
    async forgetAttempts(beforeMs) {
      await database
        .delete(signInAttempts)
        .where(and(lt(signInAttempts.lastAtMs, beforeMs), lt(signInAttempts.untilMs, beforeMs)))
    },

    async addKey(key) {
      await database.insert(apiKeys).values({ ...key, scopes: [...key.scopes] })
    },
    keys: (orgId) =>
      database
        .select()
        .from(apiKeys)
        .where(eq(apiKeys.orgId, orgId))
        .orderBy(desc(apiKeys.createdAtMs), asc(apiKeys.id)),
    async keyOf(hash) {
      const [row] = await database.select().from(apiKeys).where(eq(apiKeys.hash, hash))
      return row ?? null
    },
    async keyUsed(keyId, atMs) {
      await database.update(apiKeys).set({ usedAtMs: atMs }).where(eq(apiKeys.id, keyId))
    },
    async revokeKey(orgId, keyId, atMs) {
      const rows = await database
        .update(apiKeys)
        .set({ revokedAtMs: atMs })
        .where(and(eq(apiKeys.id, keyId), eq(apiKeys.orgId, orgId), isNull(apiKeys.revokedAtMs)))
        .returning({ id: apiKeys.id })
      return rows.length > 0
    },

    async offerOperator(hash, atMs) {
      const operators = await database.select({ id }).from(accounts).where(eq(isOperator, true)).limit(1)
      if (operators.length > 0) return false
      await database
        .insert(operatorLinks)
        .values({ hash, offeredAtMs: atMs })
        .onConflictDoNothing({ target: operatorLinks.hash })
      await database
        .delete(operatorLinks)
        .where(and(ne(operatorLinks.hash, hash), isNull(operatorLinks.usedAtMs)))
      return true
    },
    takeOperator(hash, accountId, atMs) {
      return database.transaction(async (inside) => {
        const taken = await inside
          .update(operatorLinks)
          .set({ usedAtMs: atMs, usedBy: accountId })
          .where(and(eq(operatorLinks.hash, hash), isNull(operatorLinks.usedAtMs)))
          .returning({ hash: operatorLinks.hash })
        if (taken.length === 0) return false
        await inside.update(accounts).set({ isOperator: true }).where(eq(id, accountId))
        return true
      })
    },

    async note(entry) {
      await database.insert(auditLog).values(entry)
    },
    audit: (orgId, beforeId, limit) =>
      database
        .select()
        .from(auditLog)
        .where(
          and(
            orgId === null ? undefined : eq(auditLog.orgId, orgId),
            beforeId === null ? undefined : lt(auditLog.id, beforeId),
          ),
        )
        .orderBy(desc(auditLog.id))
        .limit(limit),
  }
}
