import type { WaitOffer } from '../../config/protocol/api.ts'
import type { PlacementCandidate, PlacementReport } from '../../config/protocol/placement.ts'

/** What there is for a player for whom no seat within the latency budget is free. */
export interface Prospect {
  readonly why: 'full' | 'too-far'
  /** Sites whose seats would do as soon as one is free. */
  readonly reach: ReadonlySet<string>
  /** Free seats beyond the budget, one per site, nearest first. */
  readonly farther: readonly Extract<WaitOffer, { kind: 'farther' }>[]
  /** With this budget, ms, the sites of `wider` would do too, all taken now. Null: there are none, or nobody knows how far. */
  readonly widerBudgetMs: number | null
  readonly wider: ReadonlySet<string>
  /** The node that stands for where the player belongs: the nearest that would do, else the nearest of all. */
  readonly nearest: string
}

const fewOffers = 3
/** A budget for somebody to agree to is a round figure. */
const roundMs = 10

/**
 * Pure: two reports of one moment, within the budget and without one.
 * @param hasSeats whether a node has any seats at all
 * @returns null when no node that is online will ever take this player
 */
export function prospectOf(
  within: PlacementReport,
  anywhere: PlacementReport,
  hasSeats: (nodeId: string) => boolean,
): Prospect | null {
  const isThere = (candidate: PlacementCandidate): boolean => mayTake(candidate) && hasSeats(candidate.nodeId)
  const near = within.candidates.filter(isThere)
  const reach = new Set(near.map(({ siteId }) => siteId))
  const far = anywhere.candidates.filter((candidate) => isThere(candidate) && !reach.has(candidate.siteId))
  const free = bestOfSites(far.filter(({ ruledOut }) => ruledOut === null))
  const full = far.filter(({ ruledOut, rttMs }) => ruledOut !== null && rttMs !== null)
  const nearest = [...near].sort(byDistance)[0] ?? [...far].sort(byDistance)[0]
  if (nearest === undefined) return null
  const leastMs = Math.min(...full.map(clickToPhotonMs))
  const widerBudgetMs = full.length === 0 ? null : Math.ceil(leastMs / roundMs) * roundMs
  return {
    why: near.length > 0 ? 'full' : 'too-far',
    reach,
    farther: free.slice(0, fewOffers).map(({ siteId, siteName, rttMs }) => ({
      kind: 'farther',
      siteId,
      siteName,
      rttMs,
    })),
    widerBudgetMs,
    wider: new Set(
      full
        .filter((candidate) => clickToPhotonMs(candidate) <= (widerBudgetMs ?? 0))
        .map(({ siteId }) => siteId),
    ),
    nearest: nearest.nodeId,
  }
}

/** Now or later: a node that is full, held for an event, or refused just now, will be asked again. */
const mayTake = ({ ruledOut }: PlacementCandidate): boolean =>
  ruledOut === null || ruledOut === 'no-seat' || ruledOut === 'held' || ruledOut === 'refused'

/** Without the terms that only weigh candidates against each other. */
export const clickToPhotonMs = ({ terms }: PlacementCandidate): number =>
  (terms['network'] ?? 0) + (terms['encode'] ?? 0) + (terms['display'] ?? 0)

const byDistance = (a: PlacementCandidate, b: PlacementCandidate): number =>
  (a.rttMs ?? Infinity) - (b.rttMs ?? Infinity) || (a.nodeId < b.nodeId ? -1 : 1)

function bestOfSites(candidates: readonly PlacementCandidate[]): readonly PlacementCandidate[] {
  const sites = new Map<string, PlacementCandidate>()
  for (const candidate of [...candidates].sort(byDistance))
    if (!sites.has(candidate.siteId)) sites.set(candidate.siteId, candidate)
  return [...sites.values()]
}
