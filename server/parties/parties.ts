import { randomInt } from 'node:crypto'
import { NearcadeError } from '../../config/errors.ts'
import type {
  CreateParty,
  JoinParty,
  PartyChoice,
  PartyView,
  Togetherness,
} from '../../config/protocol/party.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Holds } from '../events/holds.ts'
import type { FleetIndex } from '../placement/fleetIndex.ts'
import type { Routing } from '../placement/routing/routing.ts'
import { mostTogether } from '../sessions/numbers.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { PartyStore } from '../store/store.ts'
import { type LiveParty, openBook } from './book.ts'
import type { RankedSite } from '../placement/partySites.ts'
import { joined, leaderOf, left, memberOf, type Party, type PartyMember } from './party.ts'
import { createRanking, type Ways } from './ranking.ts'
import { createSeating } from './seating.ts'
import { closedTrouble } from './trouble.ts'
import { partyView } from './view.ts'

export interface PartiesContext {
  readonly store: PartyStore
  readonly catalogue: Pick<Catalogue, 'find' | 'offer'>
  readonly fleet: Pick<FleetIndex, 'at' | 'find' | 'sites'>
  /** What is held back for events. */
  readonly holds: Pick<Holds, 'against'>
  readonly routing: Pick<Routing, 'estimatesFor'>
  readonly sessions: Pick<Sessions, 'admit' | 'create' | 'live' | 'together' | 'wanting'>
  /** Asked at each start, too: what a title's publisher says may have changed. @throws NearcadeError launch-token-needed */
  readonly admit: (titleId: string) => Promise<void>
  /** A session was made for somebody who asks from this address. */
  readonly asked: (sessionId: string, ip: string) => void
  readonly clock: Clock
  readonly log: Log
}

/** Friends who play next to each other. Every failure is a NearcadeError. */
export interface Parties {
  /** A party of this title that the guest is alone in is taken up again. */
  create(
    guestId: string,
    ip: string,
    request: CreateParty,
  ): Promise<{ readonly view: PartyView; readonly created: boolean }>
  /** @param guestId null for somebody who is not known */
  view(code: string, guestId: string | null, ip: string): Promise<PartyView>
  /** Joins, or brings the guest's own entry up to date. Who is ready while the others play goes to them. */
  join(code: string, guestId: string, ip: string, request: JoinParty): Promise<PartyView>
  leave(code: string, guestId: string): Promise<PartyView>
  choose(code: string, guestId: string, ip: string, choice: PartyChoice): Promise<PartyView>
  close(): Promise<void>
}

/** Twelve of 32 letters, so that nobody finds a party by trying: 60 bits. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789'
const codeLength = 12
const mostOfAGuest = 5
const sweepEveryMs = 60_000
const tryEveryMs = 2_000
/**
 * What pages are shown of the sites may be so old, a start looks anew: 5,000 sites take about 10 ms for eight players, and everybody's
 * page asks every two seconds.
 */
const rankedForMs = 5_000

/** Takes up what the store holds. */
export async function openParties(context: PartiesContext): Promise<Parties> {
  const { catalogue, fleet, clock, log } = context
  const book = await openBook(context.store, clock)
  const ranking = createRanking(context)
  const seating = createSeating({ ...context, book, ranking })
  const tasks = new Set<Promise<void>>()
  let isClosing = false
  let cancelSweep = (): void => {}
  let cancelTry: (() => void) | null = null

  const ranked = new WeakMap<Party, { readonly atMs: number; readonly sites: readonly RankedSite[] }>()
  function sitesFor(party: Party, ways: ReadonlyMap<PartyMember, Ways>): readonly RankedSite[] {
    const atMs = clock.monotonic()
    const known = ranked.get(party)
    if (known !== undefined && atMs - known.atMs < rankedForMs) return known.sites
    const players = [...ways].map(([member, estimates]) => ({ ...member, estimates }))
    const sites = ranking.sites(party.titleId, players, null, seating.seatsFor(party, players.length))
    ranked.set(party, { atMs, sites })
    return sites
  }

  async function show(live: LiveParty, guestId: string | null): Promise<PartyView> {
    const ways = await seating.waysOf(live)
    const { party, isStarting, trouble } = live
    return partyView(party, guestId, {
      titleName: catalogue.find(party.titleId)?.name ?? party.titleId,
      mostTogether: mostTogether(catalogue.find(party.titleId)),
      ways,
      sites: sitesFor(party, ways),
      isStarting,
      siteName: party.siteId === null ? null : (fleet.at(party.siteId)[0]?.siteName ?? null),
      trouble,
      isHere: (member) => book.isHere(live, member),
      isPlaying: seating.isPlaying,
    })
  }

  function background(live: LiveParty, task: () => Promise<void>): Promise<void> {
    const running = live
      .run(async () => {
        if (!isClosing) await task()
      })
      .catch((cause: unknown) => log.error({ err: cause, party: live.party.code }, 'party work failed'))
      .finally(() => tasks.delete(running))
    tasks.add(running)
    return running
  }

  /** Parties that wait for a site try again every two seconds, while whoever leads them is there. */
  function tryLater(): void {
    const isNeeded = book.all().some(({ party }) => party.waiting)
    if (isClosing || !isNeeded || cancelTry !== null) return
    cancelTry = clock.after(tryEveryMs, () => {
      const waiting = book.all().filter(({ party }) => party.waiting)
      const tries = waiting.map((live) => background(live, () => tryOnce(live)))
      void Promise.all(tries).then(() => {
        cancelTry = null
        tryLater()
      })
    })
  }
  async function tryOnce(live: LiveParty): Promise<void> {
    const leader = leaderOf(live.party)
    if (!live.party.waiting || leader === null || !book.isHere(live, leader)) return
    try {
      await context.admit(live.party.titleId)
    } catch (cause) {
      if (!(cause instanceof NearcadeError)) throw cause
      await book.put(live, { ...live.party, waiting: false })
      live.trouble = closedTrouble
      return
    }
    await seating.together(live, seating.going(live))
  }

  function sweepLater(): void {
    cancelSweep = clock.after(sweepEveryMs, () => {
      for (const live of book.all())
        void background(live, () => book.sweep(live, live.party.members.some(seating.isPlaying)))
      sweepLater()
    })
  }

  /** @throws NearcadeError too-many-parties */
  function allowOneMore(guestId: string): void {
    const own = book.all().filter(({ party }) => memberOf(party, guestId) !== null)
    if (own.length >= mostOfAGuest) throw new NearcadeError('too-many-parties')
  }

  /** @throws NearcadeError title-not-found */
  function needTitle(titleId: string): void {
    if (catalogue.find(titleId) === null)
      throw new NearcadeError('title-not-found', ['it is not offered any more'])
  }

  async function carryOut(live: LiveParty, guestId: string, choice: PartyChoice): Promise<void> {
    const { kind } = choice
    const member = memberOf(live.party, guestId)
    if (member === null) throw new NearcadeError('not-in-party')
    if (leaderOf(live.party) !== member) throw new NearcadeError('not-leader')
    if (kind !== 'gather') needTitle(live.party.titleId)
    if (kind === 'together') return playFrom(live, choice.how)
    const isWaiting = kind === 'wait'
    if (live.party.waiting !== isWaiting) await book.put(live, { ...live.party, waiting: isWaiting })
    live.trouble = null
    const going = seating.going(live)
    // After a second click on a start that has come about there is nobody left.
    if (kind === 'gather' || going.length === 0) return
    await context.admit(live.party.titleId)
    await (kind === 'split' ? seating.apart(live, going) : seating.together(live, going))
  }

  /** @throws NearcadeError choice-gone */
  async function playFrom(live: LiveParty, together: Togetherness): Promise<void> {
    const most = mostTogether(catalogue.find(live.party.titleId))
    if (together === 'session' && most === 1)
      throw new NearcadeError('choice-gone', ['this title is for one player at a time'])
    live.trouble = null
    await book.put(live, { ...live.party, together })
  }

  sweepLater()
  tryLater()

  return {
    async create(guestId, ip, { titleId, ...entry }) {
      needTitle(titleId)
      const known = book
        .all()
        .find(
          ({ party }) =>
            party.titleId === titleId && party.members.length === 1 && memberOf(party, guestId) !== null,
        )
      if (known === undefined) allowOneMore(guestId)
      const code = Array.from({ length: codeLength }, () => letters[randomInt(letters.length)]).join('')
      const empty = { code, titleId, members: [], waiting: false, siteId: null, seenAtMs: clock.now() }
      const live = known ?? (await book.add(joined(empty, guestId, entry, false) ?? empty))
      book.note(live, guestId, ip)
      return { view: await show(live, guestId), created: known === undefined }
    },
    async view(code, guestId, ip) {
      const live = book.find(code)
      if (guestId !== null) book.note(live, guestId, ip)
      return show(live, guestId)
    },
    async join(code, guestId, ip, { ready, ...entry }) {
      const live = book.find(code)
      await live.run(async () => {
        book.find(code)
        needTitle(live.party.titleId)
        await context.admit(live.party.titleId)
        if (memberOf(live.party, guestId) === null) allowOneMore(guestId)
        const party = joined(live.party, guestId, entry, ready)
        if (party === null) throw new NearcadeError('party-full')
        await book.put(live, party)
        book.note(live, guestId, ip)
        if (!party.waiting) live.trouble = null
      })
      if (ready && seating.playedAt(live) !== null)
        void background(live, async () => {
          const member = memberOf(live.party, guestId)
          if (member?.ready === true && !seating.isPlaying(member) && seating.playedAt(live) !== null)
            await seating.together(live, [member])
        })
      return show(live, guestId)
    },
    async leave(code, guestId) {
      const live = book.find(code)
      await live.run(async () => {
        if (memberOf(live.party, guestId) === null) throw new NearcadeError('not-in-party')
        const party = left(live.party, guestId)
        if (party.members.length === 0) await book.remove(live)
        else await book.put(live, party)
        live.party = party
        live.seen.delete(guestId)
        live.trouble = null
      })
      return show(live, guestId)
    },
    async choose(code, guestId, ip, choice) {
      const live = book.find(code)
      book.note(live, guestId, ip)
      await live.run(() => carryOut(live, guestId, choice))
      tryLater()
      return show(live, guestId)
    },
    async close() {
      isClosing = true
      cancelSweep()
      cancelTry?.()
      await Promise.all(tasks)
      await Promise.all(book.all().map(({ run }) => run(async () => {})))
    },
  }
}
