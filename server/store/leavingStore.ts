import type { OrganisationKind } from '../../config/protocol/account.ts'
import type { SessionState } from '../../config/protocol/session.ts'
import type { HomeKey, StoredSnapshot } from './savesStore.ts'

/** What goes when players, accounts and organisations leave, and what they take along. */
export interface LeavingStore {
  /** What only this account owns: without it nobody could manage them. Ordered by name. */
  soleOwnerOf(accountId: string): Promise<readonly OwnedOrganisation[]>
  /**
   * Deletes the account with all that is its own, unless it is the only owner of an organisation.
   * @returns those that stand in the way; none: it is deleted
   */
  removeAccount(accountId: string): Promise<readonly OwnedOrganisation[]>
  /** Ordered by name. */
  membersOf(orgId: string): Promise<readonly OrganisationMember[]>
  /** Deletes it with all that is its own. False: this account does not own it, or some title of it has a version. */
  removeOrganisation(orgId: string, ownerId: string): Promise<boolean>

  /** The newest snapshot of each of the player's homes, by title and slot. */
  savesOf(playerId: string): Promise<readonly PlayerSave[]>
  /** In the order of their ids. @param after only those behind this one; '' for all */
  sessionsOf(playerId: string, after: string, most: number): Promise<readonly PlayerSession[]>
  countSessions(playerId: string): Promise<number>
  ratingsOf(playerId: string): Promise<readonly PlayerRating[]>
  /** Drops the player's saves and ratings, the sessions that have ended, and the part in those of others. */
  forgetPlayer(playerId: string): Promise<void>
}

export interface OwnedOrganisation {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly kind: OrganisationKind
}

export interface OrganisationMember {
  readonly accountId: string
  readonly name: string
  readonly email: string
  readonly role: string
}

export interface PlayerSave extends Omit<HomeKey, 'guestId'>, Omit<StoredSnapshot, 'nodeId'> {}

export interface PlayerSession {
  readonly id: string
  readonly titleId: string
  readonly version: string | null
  readonly createdAtMs: number
  readonly state: SessionState
}

export interface PlayerRating {
  readonly titleId: string
  readonly stars: number
  readonly words: string | null
  readonly atMs: number
}
