import { NearcadeError } from '../../config/errors.ts'
import type { Clock } from '../clock.ts'
import { serial } from '../sessions/live.ts'
import type { PartyStore } from '../store/store.ts'
import { memberOf, type Party, type PartyMember } from './party.ts'
import type { Trouble } from './trouble.ts'

/** A party with what only memory knows of it. */
export interface LiveParty {
  /** As it is stored. */
  party: Party
  /** Runs tasks on this party one after the other: every change of `party` happens in one. */
  readonly run: <T>(task: () => Promise<T>) => Promise<T>
  /** By guest: when their page was last heard from, and from which address. */
  readonly seen: Map<string, { readonly atMs: number; readonly ip: string }>
  isStarting: boolean
  /** Why nothing came of the last start. */
  trouble: Trouble | null
}

/** All parties: in the store first, then in memory. */
export interface Book {
  all(): readonly LiveParty[]
  /** @throws NearcadeError party-not-found */
  find(code: string): LiveParty
  add(party: Party): Promise<LiveParty>
  put(live: LiveParty, party: Party): Promise<void>
  remove(live: LiveParty): Promise<void>
  /** A member's page was heard from. */
  note(live: LiveParty, guestId: string, ip: string): void
  isHere(live: LiveParty, member: PartyMember): boolean
  /** Null when it is not known any more: addresses are not stored. */
  ipOf(live: LiveParty, member: PartyMember): string | null
  /** Drops the party where nobody plays in it and nobody was heard from for an hour. */
  sweep(live: LiveParty, isPlayed: boolean): Promise<void>
}

const idleMs = 3_600_000
/** After a restart a party counts as having been quiet for at most this much longer than it was. */
const noteEveryMs = 300_000
/** Pages ask every two seconds; those in the background as seldom as once a minute. */
const hereForMs = 75_000

export async function openBook(store: PartyStore, clock: Pick<Clock, 'now'>): Promise<Book> {
  const lives = new Map<string, LiveParty>()

  function adopt(party: Party): LiveParty {
    const live = { party, run: serial(), seen: new Map(), isStarting: false, trouble: null }
    lives.set(party.code, live)
    return live
  }
  for (const party of await store.all()) adopt(party)

  async function put(live: LiveParty, party: Party): Promise<void> {
    const next = { ...party, seenAtMs: clock.now() }
    await store.put(next)
    live.party = next
  }

  async function remove(live: LiveParty): Promise<void> {
    await store.remove(live.party.code)
    lives.delete(live.party.code)
  }

  return {
    all: () => [...lives.values()],
    find(code) {
      const live = lives.get(code)
      if (live === undefined) throw new NearcadeError('party-not-found')
      return live
    },
    async add(party) {
      await store.put(party)
      return adopt(party)
    },
    put,
    remove,
    note(live, guestId, ip) {
      if (memberOf(live.party, guestId) !== null) live.seen.set(guestId, { atMs: clock.now(), ip })
    },
    isHere: ({ seen }, { guestId }) =>
      Math.abs(clock.now() - (seen.get(guestId)?.atMs ?? Number.NEGATIVE_INFINITY)) < hereForMs,
    ipOf: ({ seen }, { guestId }) => seen.get(guestId)?.ip ?? null,
    async sweep(live, isPlayed) {
      const { party, seen } = live
      const seenAtMs = Math.max(party.seenAtMs, ...[...seen.values()].map(({ atMs }) => atMs))
      if (!isPlayed && clock.now() - seenAtMs >= idleMs) await remove(live)
      else if (isPlayed || seenAtMs - party.seenAtMs >= noteEveryMs) await put(live, party)
    },
  }
}
