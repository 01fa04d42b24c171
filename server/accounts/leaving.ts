import { NearcadeError } from '../../config/errors.ts'
import type { Players } from '../players/players.ts'
import type { Publishing } from '../publishing/publishing.ts'
import type { AccountStore } from '../store/accountStore.ts'
import type { LeavingStore, OwnedOrganisation } from '../store/leavingStore.ts'
import type { Accounts, By } from './accounts.ts'

/** Accounts and organisations that go. Whoever calls has asked for the right to. */
export interface Leaving {
  /** What would be without an owner. */
  standing(accountId: string): Promise<readonly OwnedOrganisation[]>
  /** @returns names of organisations that would have no owner then; none: it is deleted */
  account(accountId: string): Promise<readonly string[]>
  /**
   * Deletes an organisation with its titles; what is noted of it stays, and so do the ids of its titles, which are nobody else's.
   * @throws NearcadeError bad-request for another name than its own, organisation-in-use
   */
  organisation(by: By, orgId: string, name: string): Promise<void>
  /** All that is kept of it, one thing after the other. */
  everything(orgId: string): AsyncIterable<object>
}

interface OwnNode {
  readonly nodeId: string
  readonly joinedAtMs: number
  /** Null: it is away. */
  readonly now: object | null
}

export interface LeavingContext {
  readonly store: LeavingStore
  readonly accounts: AccountStore
  readonly players: Pick<Players, 'end'>
  readonly publishing: Pick<Publishing, 'titles' | 'withdraw' | 'deleteTitle' | 'everything'>
  /** That it has brought. */
  readonly nodesOf: (orgId: string) => Promise<readonly OwnNode[]>
  /** Seats that it has booked. */
  readonly events: {
    cancel(orgId: string): Promise<void>
    list(orgId: string): Promise<readonly object[]>
  }
  readonly door: Pick<Accounts, 'keys' | 'auditPage' | 'noteOf' | 'forget'>
}

const inUse = (...details: readonly string[]): NearcadeError =>
  new NearcadeError('organisation-in-use', details)

export function createLeaving(context: LeavingContext): Leaving {
  const { store, accounts, players, publishing, door } = context

  /** @returns titles that somebody plays still */
  async function deleteTitles(orgId: string): Promise<readonly string[]> {
    const titles = await publishing.titles(orgId)
    // First of all of them, so that nobody begins to play one while another goes.
    for (const { titleId, withdrawn } of titles) if (!withdrawn) await publishing.withdraw(orgId, titleId)
    const played: string[] = []
    for (const { titleId } of titles)
      try {
        await publishing.deleteTitle(orgId, titleId)
      } catch (cause) {
        if (!(cause instanceof NearcadeError) || cause.code !== 'version-in-use') throw cause
        played.push(titleId)
      }
    return played
  }

  return {
    standing: (accountId) => store.soleOwnerOf(accountId),
    async account(accountId) {
      const before = await store.soleOwnerOf(accountId)
      if (before.length > 0) return before.map(({ name }) => name)
      const account = await accounts.find(accountId)
      if (account !== null) await players.end(account.playerId)
      return (await store.removeAccount(accountId)).map(({ name }) => name)
    },
    async organisation(by, orgId, name) {
      if ((await accounts.organisationName(orgId)) !== name.trim())
        throw new NearcadeError('bad-request', ['name: is not the name of this organisation'])
      // Players are on them, and only their host can stop them.
      const running = (await context.nodesOf(orgId)).filter(({ now }) => now !== null)
      if (running.length > 0) throw inUse(...running.map(({ nodeId }) => `node ${nodeId}`))
      const played = await deleteTitles(orgId)
      if (played.length > 0) throw inUse(...played.map((titleId) => `title ${titleId}`))
      await context.events.cancel(orgId)
      // Somebody may have pushed a version meanwhile.
      if (!(await store.removeOrganisation(orgId, by.accountId))) throw inUse()
      door.forget()
      await door.noteOf('organisation-deleted', { ...by, orgId })
    },
    async *everything(orgId) {
      const members = await store.membersOf(orgId)
      yield { kind: 'organisation', id: orgId, name: await accounts.organisationName(orgId) }
      for (const member of members) yield { kind: 'member', ...member }
      for (const key of await door.keys(orgId)) yield { kind: 'key', ...key }
      for (const { nodeId, joinedAtMs } of await context.nodesOf(orgId))
        yield { kind: 'node', nodeId, joinedAtMs }
      for (const { titleId } of await publishing.titles(orgId))
        yield* await publishing.everything(orgId, titleId)
      for (const event of await context.events.list(orgId)) yield { kind: 'event', ...event }
      for (let before: number | null = null; ; ) {
        const { entries } = await door.auditPage(orgId, before)
        for (const entry of entries) yield { kind: 'noted', ...entry }
        before = entries.at(-1)?.id ?? null
        if (before === null) return
      }
    },
  }
}
