import type { Site } from '../site.ts'
import { kmBetween } from './meshTable.ts'
import type { Tuning } from './tuning.ts'
import type { Whereabouts } from './types.ts'

/** From this radius on a place says the region at most, and probes are spent on finding out where the player is. */
export const vagueKm = 200

export const isVague = (place: Whereabouts | null): boolean => place === null || place.accuracyKm >= vagueKm

/**
 * How likely each site is the one beside the player, before anything was measured; sums to 1. Databases are wrong by
 * thousands of kilometres for one address in ten, so that no site's weight is ever nothing.
 */
export function placeWeights(
  sites: readonly Site[],
  place: Whereabouts | null,
  { reachKm, fall, astrayExact, astrayVague }: Tuning,
): Float64Array {
  const even = 1 / Math.max(1, sites.length)
  const weights = new Float64Array(sites.length).fill(even)
  if (place === null) return weights
  const radiusKm = reachKm + place.accuracyKm
  const near = sites.map((site) => (1 + kmBetween(site, place) / radiusKm) ** -fall)
  const sum = near.reduce((total, weight) => total + weight, 0)
  const astray = astrayExact + (astrayVague - astrayExact) * Math.min(1, place.accuracyKm / vagueKm)
  for (const [index, weight] of near.entries()) weights[index] = astray * even + ((1 - astray) * weight) / sum
  return weights
}
