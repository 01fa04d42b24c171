import type { Scope } from '../../config/accounts.ts'
import type { OrganisationKind } from '../../config/protocol/account.ts'
import type { Attempts } from '../accounts/lockOut.ts'

/** Accounts and what belongs to them. Signing in and organisations are the work of a library; all else is done here. */
export interface AccountStore {
  /** For that library alone: the database as it speaks to it, and the tables by its names for them. */
  readonly library: LibraryTables
  find(accountId: string): Promise<StoredAccount | null>
  /** Ordered by name. */
  memberships(accountId: string): Promise<readonly Membership[]>
  isPlayerTaken(playerId: string): Promise<boolean>
  /** Drops every way to sign in but the password. */
  dropOtherWays(accountId: string): Promise<void>
  /** Once for an account whose address is confirmed: what this guest has played is the account's, unless that is somebody's already. @returns its player */
  settle(accountId: string, guestId: string | null): Promise<string | null>

  /**
   * Counts one attempt under every key, all in one step, unless one of them still has to wait.
   * @param count what comes of each key's attempts; the answer says how long to wait, ms
   */
  attempt(
    keys: readonly string[],
    count: (of: readonly (Attempts | null)[]) => AttemptOutcome,
  ): Promise<number>
  clearAttempts(keys: readonly string[]): Promise<void>
  /** Drops attempts that ended before. */
  forgetAttempts(beforeMs: number): Promise<void>

  organisationName(orgId: string): Promise<string | null>
  addKey(key: StoredKey): Promise<void>
  keys(orgId: string): Promise<readonly StoredKey[]>
  keyOf(hash: string): Promise<StoredKey | null>
  keyUsed(keyId: string, atMs: number): Promise<void>
  /** False: the organisation has no such key, or it is revoked already. */
  revokeKey(orgId: string, keyId: string, atMs: number): Promise<boolean>

  /** Offers the network to whoever brings what this is the hash of, in place of any offer before. False: it has its operator. */
  offerOperator(hash: string, atMs: number): Promise<boolean>
  /** Makes the account the operator. False: there is no such offer any more. */
  takeOperator(hash: string, accountId: string, atMs: number): Promise<boolean>

  note(entry: NewAuditEntry): Promise<void>
  /** Newest first. @param orgId null: of the whole network @param beforeId null: from the newest on */
  audit(orgId: string | null, beforeId: number | null, limit: number): Promise<readonly AuditEntry[]>
}

export interface LibraryTables {
  readonly database: object
  readonly tables: Readonly<Record<string, object>>
}

export interface StoredAccount {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly playerId: string
  readonly isOperator: boolean
}

export interface Membership {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly kind: OrganisationKind
  /** As stored: possibly several, separated by commas. */
  readonly role: string
}

export interface AttemptOutcome {
  /** In the order of the keys; null: nothing is counted. */
  readonly attempts: readonly Attempts[] | null
  readonly waitMs: number
}

export interface StoredKey {
  readonly id: string
  readonly orgId: string
  readonly name: string
  /** SHA-256 of the whole key, hex. */
  readonly hash: string
  /** Its first characters, to tell keys apart by. */
  readonly start: string
  readonly scopes: readonly Scope[]
  readonly createdBy: string
  readonly createdAtMs: number
  readonly expiresAtMs: number | null
  readonly revokedAtMs: number | null
  readonly usedAtMs: number | null
}

export interface NewAuditEntry {
  readonly atMs: number
  readonly action: string
  readonly accountId: string | null
  readonly keyId: string | null
  readonly orgId: string | null
  readonly detail: string | null
  /** Prefix of the address that it came from. */
  readonly address: string
}

export interface AuditEntry extends NewAuditEntry {
  readonly id: number
}
