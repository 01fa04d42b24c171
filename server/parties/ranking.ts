import { playerName } from '../../config/protocol/party.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Holds } from '../events/holds.ts'
import { demandsOf } from '../placement/decideLimits.ts'
import { type PartyFleet, partySites, type RankedSite } from '../placement/partySites.ts'
import type { Routing } from '../placement/routing/routing.ts'
import type { RttEstimate } from '../placement/routing/types.ts'
import { probedSites } from '../placement/siteViews.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { PartyMember } from './party.ts'

export type Ways = ReadonlyMap<string, RttEstimate>

/** What is known of the ways of a party's members, and which sites are best for all of them. */
export interface Ranking {
  /** @param ip null when it is not known any more */
  ways(member: PartyMember, ip: string | null): Promise<Ways>
  /**
   * @param siteId only this one, where others of the party play already; null: any
   * @param seats how many of them need one
   */
  sites(
    titleId: string,
    players: readonly (PartyMember & { readonly estimates: Ways })[],
    siteId: string | null,
    seats: number,
  ): readonly RankedSite[]
}

/** The mesh and the history move slowly; new measurements come with an entry of their own. */
const waysForMs = 30_000

export function createRanking(context: {
  readonly fleet: PartyFleet & { find(nodeId: string): NodeSnapshot | null }
  readonly routing: Pick<Routing, 'estimatesFor'>
  readonly catalogue: Pick<Catalogue, 'offer'>
  readonly holds: Pick<Holds, 'against'>
  readonly sessions: { wanting(siteId: string): number }
  readonly clock: Pick<Clock, 'now'>
}): Ranking {
  const { fleet, routing, catalogue, holds, sessions, clock } = context
  const known = new WeakMap<
    PartyMember['entry'],
    { readonly ip: string | null; readonly atMs: number; readonly ways: Promise<Ways> }
  >()

  async function look({ entry: { probes } }: PartyMember, ip: string | null): Promise<Ways> {
    const { answered, silent } = probedSites(probes, (nodeId) => fleet.find(nodeId)?.siteId ?? null)
    const ways = new Map(await routing.estimatesFor(ip ?? '', probes))
    // Where others answered, one that did not may not be reachable for this player at all.
    if (answered.size > 0) for (const siteId of silent) ways.delete(siteId)
    return ways
  }

  return {
    ways(member, ip) {
      const nowMs = clock.now()
      const before = known.get(member.entry)
      if (before !== undefined && before.ip === ip && Math.abs(nowMs - before.atMs) < waysForMs)
        return before.ways
      const ways = look(member, ip)
      known.set(member.entry, { ip, atMs: nowMs, ways })
      return ways
    },
    sites(titleId, players, siteId, seats) {
      const [first] = players
      // As the session of all of them is made: with the version that the first one gets.
      const offer = first === undefined ? null : catalogue.offer(titleId, first.guestId)
      if (offer === null) return []
      const named = players.map(({ number, entry, estimates }) => ({
        name: playerName(number),
        codecs: entry.codecs,
        fps: entry.stream.fps,
        estimates,
      }))
      const seen = siteId === null ? fleet : { sites: () => [{ id: siteId }], at: fleet.at }
      const heldAt = holds.against({ titleId, ...(offer.build === undefined ? {} : { build: offer.build }) })
      /** Free, and not for them: those that others in line wait for, and those that are held for an event. */
      const notTheirs = (id: string): number =>
        (heldAt?.(id) ?? []).reduce((sum, hold) => sum + (hold.isOwn ? 0 : hold.seats), sessions.wanting(id))
      return partySites(named, demandsOf(offer.manifest, offer.build), seen, notTheirs, seats)
    },
  }
}
