import type { RttEstimate } from './routing/types.ts'

export interface PartyInput {
  /** Per player what is known of each site, by site id. */
  readonly players: ReadonlyMap<string, ReadonlyMap<string, RttEstimate>>
  readonly sites: readonly SiteOffer[]
  /** How many seats they need; one each where nothing is said. */
  readonly seats?: number
}

export interface SiteOffer {
  readonly id: string
  readonly seatsFree: number
  /** Longest round trip that any of them may have there, ms; null: any. */
  readonly limitMs: number | null
}

export interface PartySite {
  readonly siteId: string
  /** Longest round trip of those that are known; null when none is. */
  readonly largestMs: number | null
  readonly farthestPlayer: string | null
  readonly sumMs: number
  /** Whose way there nobody knows. */
  readonly unknownPlayers: readonly string[]
  readonly ruledOut: 'no-seat' | 'too-far' | null
  /** Why it stands where it stands, for players. */
  readonly inWords: string
}

/**
 * Sites for a party, best first: those that can take it before those that cannot, those that are known for all before those that are
 * not, then the shortest way of whoever has the longest, then the shortest ways in all, then the id. Ways count in whole milliseconds,
 * which is what browsers measure, so that a fraction for one does not outweigh much for the others. Fails closed: a site that is
 * unknown to a player is too far where there is a limit.
 */
export function rankForParty(input: PartyInput): readonly PartySite[] {
  return input.sites.map((site) => weigh(site, input)).sort(byPreference)
}

function weigh({ id, seatsFree, limitMs }: SiteOffer, { players, seats }: PartyInput): PartySite {
  const ways: { readonly player: string; readonly rttMs: number }[] = []
  const unknownPlayers: string[] = []
  for (const [player, estimates] of players) {
    const rttMs = estimates.get(id)?.rttMs ?? null
    if (rttMs === null) unknownPlayers.push(player)
    else ways.push({ player, rttMs })
  }
  const farthest = ways.reduce<(typeof ways)[number] | null>(
    (most, way) => (most === null || way.rttMs > most.rttMs ? way : most),
    null,
  )
  const needed = seats ?? players.size
  const tooFar =
    limitMs !== null && (unknownPlayers.length > 0 || (farthest !== null && farthest.rttMs > limitMs))
  const site = {
    siteId: id,
    largestMs: farthest?.rttMs ?? null,
    farthestPlayer: farthest?.player ?? null,
    sumMs: ways.reduce((sum, { rttMs }) => sum + rttMs, 0),
    unknownPlayers,
    ruledOut: tooFar ? ('too-far' as const) : seatsFree < needed ? ('no-seat' as const) : null,
  }
  return { ...site, inWords: explain(site, seatsFree, needed) }
}

function byPreference(a: PartySite, b: PartySite): number {
  const able = Number(a.ruledOut !== null) - Number(b.ruledOut !== null)
  const known = a.unknownPlayers.length - b.unknownPlayers.length
  const largest = Math.round(a.largestMs ?? 0) - Math.round(b.largestMs ?? 0)
  return able || known || largest || a.sumMs - b.sumMs || (a.siteId < b.siteId ? -1 : 1)
}

function explain(site: Omit<PartySite, 'inWords'>, seatsFree: number, needed: number): string {
  const unknown = site.unknownPlayers.length
  const known =
    site.largestMs === null
      ? []
      : [
          `nobody${unknown === 0 ? '' : ' whose way is known'} is farther than ${Math.round(site.largestMs)} ms`,
        ]
  const missing = unknown === 0 ? [] : [`the way is unknown for ${unknown} of you`]
  const few = needed === 1 ? 'no seat free' : `${seatsFree} free of the ${needed} seats that you need`
  const room = site.ruledOut === 'no-seat' ? [few] : []
  const far = site.ruledOut === 'too-far' ? ['too far for this game'] : []
  return [...far, ...room, ...known, ...missing].join(', ')
}
