import { nodesBySite } from '../fleet/keepPlan.ts'
import { mayRun, type TitleDemands } from '../placement/decideLimits.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import { regionOf } from '../queue/region.ts'
import type { PublishingStore } from '../store/publishingStore.ts'
import type { SiteRoom } from './room.ts'

/** Plays that tell where a title's players are. */
const lookBackMs = 28 * 86_400_000

/** Every site with nodes that may run the title, in the order of their names. */
export async function siteRooms(
  titles: Pick<PublishingStore, 'playFigures'>,
  titleId: string,
  nodes: readonly NodeSnapshot[],
  allow: TitleDemands['allow'],
  wanting: (siteId: string) => number,
  nowMs: number,
): Promise<readonly SiteRoom[]> {
  // Plays are known by the name of their site.
  const plays = new Map<string, number>()
  for (const group of (await titles.playFigures(titleId, nowMs - lookBackMs, nowMs)).groups)
    plays.set(group.region, (plays.get(group.region) ?? 0) + group.plays)
  const rooms: SiteRoom[] = []
  for (const [siteId, here] of nodesBySite(nodes.filter((node) => mayRun(node, allow)))) {
    const [first] = here
    if (first === undefined) continue
    rooms.push({
      siteId,
      siteName: first.siteName,
      region: regionOf(first),
      seats: here.reduce((sum, { seats }) => sum + seats, 0),
      waiting: wanting(siteId),
      plays: plays.get(first.siteName) ?? 0,
    })
  }
  return rooms.sort((a, b) => (a.siteName < b.siteName ? -1 : 1))
}
