import { randomUUID } from 'node:crypto'
import { NearcadeError } from '../../config/errors.ts'
import type { Log } from '../log.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Book, LiveParty } from './book.ts'
import { leaderOf, type PartyMember, started } from './party.ts'
import type { Ranking, Ways } from './ranking.ts'
import { tooManyTrouble, troubleOf } from './trouble.ts'

/** From a party to its sessions. Called inside `live.run`. */
export interface Seating {
  isPlaying(member: PartyMember): boolean
  /** Where those of the party who play already are; null: nowhere, or not together. */
  playedAt(live: LiveParty): string | null
  /** Who is to be seated: who is ready and there, and whoever leads. */
  going(live: LiveParty): readonly PartyMember[]
  waysOf(live: LiveParty): Promise<ReadonlyMap<PartyMember, Ways>>
  /** All on one site, with those who play there already, or none; then the party's trouble says why. */
  together(live: LiveParty, members: readonly PartyMember[]): Promise<void>
  /** Each where it is best for that player alone; in line where nothing is free. */
  apart(live: LiveParty, members: readonly PartyMember[]): Promise<void>
}

export function createSeating({
  book,
  ranking,
  sessions,
  asked,
  log,
}: {
  readonly book: Book
  readonly ranking: Ranking
  readonly sessions: Pick<Sessions, 'create' | 'live' | 'together'>
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

  return {
    isPlaying,
    playedAt,
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
        const { titleId } = live.party
        const players = await Promise.all(
          members.map(async (member) => {
            const ip = book.ipOf(live, member)
            return { ...member, sessionId: randomUUID(), ip, estimates: await ranking.ways(member, ip) }
          }),
        )
        const ids = new Map(players.map(({ guestId, sessionId }) => [guestId, sessionId]))
        const sites = ranking.sites(titleId, players, playedAt(live))
        const outcome = await sessions.together({
          titleId,
          players,
          sites,
          seated: (siteId) => book.put(live, started(live.party, ids, siteId)),
        })
        if (outcome.kind === 'no-site') live.trouble = troubleOf(sites, players.length)
        if (outcome.kind === 'too-many') live.trouble = tooManyTrouble(outcome.number)
        if (outcome.kind !== 'seated') return
        for (const { sessionId, ip } of players) if (ip !== null) asked(sessionId, ip)
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
