import { mostInParty, type PartyEntry, type Togetherness } from '../../config/protocol/party.ts'

export interface PartyMember {
  /** From 1; what the others know this player by. */
  readonly number: number
  readonly guestId: string
  readonly entry: PartyEntry
  readonly ready: boolean
  /** The latest session that the party gave this player; it may have ended. */
  readonly sessionId: string | null
}

/** Friends who want to play one title next to each other, as they are stored. */
export interface Party {
  readonly code: string
  readonly titleId: string
  /** In the order in which they came: the first one leads. */
  readonly members: readonly PartyMember[]
  /** Starts by itself as soon as a site can take all. */
  readonly waiting: boolean
  /** Where the latest sessions are; null: each somewhere else, or there were none yet. */
  readonly siteId: string | null
  /** How they play from the next start on; each their own game where nothing is said. */
  readonly together?: Togetherness
  /** The latest game of all of them together; it may have ended. */
  readonly sharedSessionId?: string | null
  /** When somebody of it was last heard from, ms since 1970. */
  readonly seenAtMs: number
}

export const leaderOf = ({ members }: Party): PartyMember | null => members[0] ?? null

export const memberOf = ({ members }: Party, guestId: string): PartyMember | null =>
  members.find((member) => member.guestId === guestId) ?? null

/** With a new member, or with what a member says anew. Null: there is no room. */
export function joined(party: Party, guestId: string, entry: PartyEntry, ready: boolean): Party | null {
  const known = memberOf(party, guestId)
  if (known !== null) return withMember(party, { ...known, entry, ready })
  if (party.members.length >= mostInParty) return null
  const taken = new Set(party.members.map(({ number }) => number))
  let number = 1
  while (taken.has(number)) number += 1
  const member = { number, guestId, entry, ready, sessionId: null }
  return { ...party, members: [...party.members, member] }
}

/** Without a member; whoever came next leads. */
export const left = (party: Party, guestId: string): Party => ({
  ...party,
  members: party.members.filter((member) => member.guestId !== guestId),
})

/** These members have sessions now. What they said before that is used up. */
export const started = (
  party: Party,
  sessions: ReadonlyMap<string, string>,
  siteId: string | null,
  sharedSessionId: string | null = null,
): Party => ({
  ...party,
  siteId,
  sharedSessionId,
  waiting: false,
  members: party.members.map((member) => {
    const sessionId = sessions.get(member.guestId)
    return sessionId === undefined ? member : { ...member, sessionId, ready: false }
  }),
})

const withMember = (party: Party, member: PartyMember): Party => ({
  ...party,
  members: party.members.map((other) => (other.guestId === member.guestId ? member : other)),
})
