import { randomUUID } from 'node:crypto'
import { NearcadeError } from '../../config/errors.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Log } from '../log.ts'
import { mostTogether } from '../sessions/numbers.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Book, LiveParty } from './book.ts'
import { leaderOf, type Party, type PartyMember, started } from './party.ts'
import type { Ranking, Ways } from './ranking.ts'
import { roomTrouble, tooManyTrouble, troubleOf, withdrawnTrouble } from './trouble.ts'

/** From a party to its sessions. Called inside `live.run`. */
export interface Seating {
  isPlaying(member: PartyMember): boolean
  /** Where those of the party who play already are; null: nowhere, or not together. */
  playedAt(live: LiveParty): string | null
  /** Who is to be seated: who is ready and there, and whoever leads. */
  going(live: LiveParty): readonly PartyMember[]
  waysOf(live: LiveParty): Promise<ReadonlyMap<PartyMember, Ways>>
  /** So many seats do these need, as the party plays. */
  seatsFor(party: Party, players: number): number
  /** All on one site, with those who play there already, or all in one game, or none; then the party's trouble says why. */
  together(live: LiveParty, members: readonly PartyMember[]): Promise<void>
  /** Each where it is best for that player alone; in line where nothing is free. */
  apart(live: LiveParty, members: readonly PartyMember[]): Promise<void>
}

export function createSeating({
  book,
  ranking,
  catalogue,
  sessions,
  asked,
  log,
}: {
  readonly book: Book
  readonly ranking: Ranking
  readonly catalogue: Pick<Catalogue, 'find'>
  readonly sessions: Pick<Sessions, 'admit' | 'create' | 'live' | 'together'>
  readonly asked: (sessionId: string, ip: string) => void
  readonly log: Log
}): Seating {
  const isPlaying = ({ sessionId }: PartyMember): boolean =>
    sessionId !== null && sessions.live(sessionId) !== null
  const playedAt = ({ party }: LiveParty): string | null =>
    party.members.some(isPlaying) ? party.siteId : null

  async function starting<T>(live: LiveParty, task: () => Promise<T>): Promise<T> {
    live.isStarting = true
    live.trouble = null
    try {
      return await task()
    } finally {
      live.isStarting = false
    }
  }

  const isShared = ({ together }: Party): boolean => together === 'session'
  const seatsFor = (party: Party, players: number): number =>
    isShared(party) ? Math.min(1, players) : players

  /** Into the game that others of the party play. False: there is none. */
  async function joinShared(live: LiveParty, members: readonly PartyMember[]): Promise<boolean> {
    const { sharedSessionId: shared = null, siteId, titleId } = live.party
    if (!isShared(live.party) || shared === null || sessions.live(shared) === null) return false
    const admitted = new Map<string, string>()
    for (const { guestId } of members)
      if (await sessions.admit(shared, guestId)) admitted.set(guestId, shared)
    if (admitted.size < members.length) live.trouble = roomTrouble(mostTogether(catalogue.find(titleId)))
    await book.put(live, started(live.party, admitted, siteId, shared))
    return true
  }

  return {
    isPlaying,
    playedAt,
    seatsFor,
    going: (live) =>
      live.party.members.filter(
        (member) =>
          !isPlaying(member) &&
          (member === leaderOf(live.party) || (member.ready && book.isHere(live, member))),
      ),

    async waysOf(live) {
      const { members } = live.party
      const ways = await Promise.all(members.map((member) => ranking.ways(member, book.ipOf(live, member))))
      return new Map(members.map((member, index) => [member, ways[index] ?? new Map()]))
    },

    together: (live, members) =>
      starting(live, async () => {
        if (await joinShared(live, members)) return
        const { titleId } = live.party
        const shared = isShared(live.party) ? randomUUID() : null
        const most = mostTogether(catalogue.find(titleId))
        if (shared !== null && members.length > most) {
          live.trouble = roomTrouble(most)
          return
        }
        const players = await Promise.all(
          members.map(async (member) => {
            const ip = book.ipOf(live, member)
            return {
              ...member,
              sessionId: shared ?? randomUUID(),
              ip,
              estimates: await ranking.ways(member, ip),
            }
          }),
        )
        const ids = new Map(players.map(({ guestId, sessionId }) => [guestId, sessionId]))
        const seats = seatsFor(live.party, players.length)
        const sites = ranking.sites(titleId, players, playedAt(live), seats)
        const outcome = await sessions.together({
          titleId,
          players,
          shared: shared !== null,
          sites,
          seated: (siteId) => book.put(live, started(live.party, ids, siteId, shared)),
        })
        if (outcome.kind === 'withdrawn') live.trouble = withdrawnTrouble
        if (outcome.kind === 'no-site') live.trouble = troubleOf(sites, seats)
        if (outcome.kind === 'too-many') live.trouble = tooManyTrouble(outcome.number)
        if (outcome.kind !== 'seated') return
        for (const { sessionId, ip } of shared === null ? players : players.slice(0, 1))
          if (ip !== null) asked(sessionId, ip)
        log.info({ party: live.party.code, site: outcome.siteId, players: players.length }, 'party started')
      }),

    apart: (live, members) =>
      starting(live, async () => {
        const { titleId } = live.party
        const ids = new Map<string, string>()
        const outcomes = await Promise.allSettled(
          members.map(async (member) => {
            const ip = book.ipOf(live, member) ?? ''
            const request = { ...member.entry, titleId, idempotencyKey: randomUUID() }
            try {
              const { view } = await sessions.create(member.guestId, request, ip)
              ids.set(member.guestId, view.id)
              asked(view.id, ip)
            } catch (failure) {
              if (!(failure instanceof NearcadeError) || failure.code !== 'too-many-sessions') throw failure
              live.trouble = tooManyTrouble(member.number)
            }
          }),
        )
        const failed = outcomes.find((outcome) => outcome.status === 'rejected')
        // Those who have a session see it, whatever became of the others.
        if (failed === undefined || ids.size > 0) await book.put(live, started(live.party, ids, null))
        if (failed !== undefined) throw failed.reason
      }),
  }
}
