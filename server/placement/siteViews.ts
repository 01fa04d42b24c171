import type { ProbeResult } from '../../config/protocol/placement.ts'
import type { SiteView } from './decide.ts'
import { distanceKm, estimateRttMs, type Point } from './distance.ts'
import type { SeenSite } from './fleetIndex.ts'
import { noPrices, type Prices } from './pricing.ts'
import type { RttEstimate, SiteRtt } from './routing/types.ts'

/** What a browser measured, by site instead of by node. */
export interface ProbedSites {
  /** One a site: its lowest. */
  readonly answered: ReadonlyMap<string, SiteRtt>
  /** Probed, and nothing came back. */
  readonly silent: ReadonlySet<string>
}

/** @param siteIdOf null for a node that is gone, whose figures count for nothing */
export function probedSites(
  probes: readonly ProbeResult[],
  siteIdOf: (nodeId: string) => string | null,
): ProbedSites {
  const answered = new Map<string, SiteRtt>()
  const silent = new Set<string>()
  for (const { nodeId, rttMs, jitterMs, via } of probes) {
    const siteId = siteIdOf(nodeId)
    if (siteId === null) continue
    // Over WebSocket it was the router that answered, for a node that UDP did not reach.
    if (rttMs === null || via === 'websocket') silent.add(siteId)
    else if (rttMs < (answered.get(siteId)?.rttMs ?? Number.POSITIVE_INFINITY))
      answered.set(siteId, { siteId, rttMs, jitterMs: jitterMs ?? 0 })
  }
  for (const siteId of answered.keys()) silent.delete(siteId)
  return { answered, silent }
}

/**
 * What a decision needs to know of the sites that it looks at: the estimate that was made of each, its probe, or a guess by
 * distance, whichever is surest.
 * @param estimates by site id, as far as they were made
 */
export function siteViews(
  sites: readonly SeenSite[],
  { answered, silent }: ProbedSites,
  estimates: ReadonlyMap<string, RttEstimate>,
  playerAt: Point | null,
  prices: Prices = noPrices,
): ReadonlyMap<string, SiteView> {
  const views = new Map<string, SiteView>()
  for (const { id, lat, lon, use } of sites) {
    const km = lat === null || lon === null || playerAt === null ? null : distanceKm({ lat, lon }, playerAt)
    const probe = answered.get(id)
    const made = estimates.get(id)
    views.set(id, {
      rtt: surest(probe, made, km),
      distanceKm: km,
      silent: silent.has(id),
      use,
      priceMs: prices.of(id),
    })
  }
  return views
}

/** An estimate of a site that was probed is that probe with its likely error. */
function surest(probe: SiteRtt | undefined, made: RttEstimate | undefined, km: number | null): RttEstimate {
  if (probe !== undefined) return made?.source === 'probe' ? made : measured(probe)
  return made !== undefined && made.rttMs !== null ? made : guess(km)
}

const measured = ({ rttMs, jitterMs }: SiteRtt): RttEstimate => ({
  rttMs,
  source: 'probe',
  uncertaintyMs: jitterMs,
})

const unknown: RttEstimate = { rttMs: null, source: 'unknown', uncertaintyMs: 0 }

/** Real paths vary by about as much as the distance alone would take, and a place by address is often the next city. */
const guess = (km: number | null): RttEstimate =>
  km === null ? unknown : { rttMs: estimateRttMs(km), source: 'prior', uncertaintyMs: 10 + km / 100 }
