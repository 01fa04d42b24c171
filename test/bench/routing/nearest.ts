import { distanceKm, type Point } from '../../../server/placement/distance.ts'
import { probeOf } from './players.ts'
import type { Random } from './random.ts'
import type { Choice, World } from './world.ts'

/** The site nearest to where the player seems to be; with probes, the one of so many nearest that measures lowest. */
export function nearest(
  { file, split }: World,
  client: number,
  place: Point,
  probes: number,
  random: Random,
): Choice {
  const kmTo = (site: number): number => {
    const { lat = 0, lon = 0 } = file.sites[site] ?? {}
    return distanceKm({ lat, lon }, place)
  }
  const byDistance = [...split.sites].sort((a, b) => kmTo(a) - kmTo(b))
  const measured = byDistance
    .slice(0, probes)
    .map((site) => ({ site, rttMs: probeOf(file, client, site, random)?.rttMs ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => a.rttMs - b.rttMs)
  return { site: measured[0]?.site ?? byDistance[0] ?? -1, probes: measured.length }
}
