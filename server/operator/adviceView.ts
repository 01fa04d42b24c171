import type { CapacityAdvice, DemandRow } from '../../config/protocol/operator.ts'
import { distanceKm, estimateRttMs } from '../placement/distance.ts'
import { adviseCapacity, type DemandPlace, type SupplySite } from '../placement/forecastSupply.ts'
import type { PlacePeak } from '../store/demandStore.ts'
import { type Cell, parseCell } from './cells.ts'
import type { SiteFacts } from './facts.ts'

/** What one answer may cost: each step of the advice solves a flow over places and sites. */
const most = { places: 24, sites: 24, newSites: 4, steps: 4 } as const
const stepSeats = 4
/** A place nearer to a site than this is the site's own. */
const newSiteFromKm = 500

export interface Plan {
  readonly advice: readonly CapacityAdvice[]
  /** Null: for now. */
  readonly plannedForMs: number | null
}

/**
 * Pure: where seats should be added for the fullest of the coming hours, at sites that are there or at new ones where players are
 * far from all of them. Round trips are those that distances make likely.
 * @param places by their peak of late
 */
export function planCapacity(
  rows: readonly DemandRow[],
  sites: readonly SiteFacts[],
  places: readonly PlacePeak[],
): Plan {
  const { wanted, plannedForMs } = fullestHour(rows)
  const cells = places.slice(0, most.places).flatMap(({ placeId, peak }) => {
    const cell = parseCell(placeId)
    return cell === null || peak === 0 ? [] : [{ ...cell, peak }]
  })
  const total = cells.reduce((sum, { peak }) => sum + peak, 0)
  const targets = [...standing(sites), ...possible(cells, sites)]
  if (total === 0 || targets.length === 0 || wanted === 0) return { advice: [], plannedForMs }
  const demand = cells.map(
    (cell): DemandPlace => ({
      id: cell.id,
      sessions: (wanted * cell.peak) / total,
      rttMs: new Map(targets.map((target) => [target.id, estimateRttMs(distanceKm(cell, target))])),
    }),
  )
  const advice = adviseCapacity(
    demand,
    targets.map(({ id, seats }): SupplySite => ({ id, seats, mayGrowBy: most.steps * stepSeats })),
    { stepSeats, steps: most.steps },
  )
  return {
    plannedForMs,
    advice: advice.flatMap(({ siteId, ...gain }) => {
      const target = targets.find(({ id }) => id === siteId)
      if (target === undefined) return []
      const { isNew, name, country, lat, lon } = target
      return [{ siteId: isNew ? null : siteId, name, country, lat, lon, ...gain }]
    }),
  }
}

/** The upper ends count, as supply is to be ahead of demand. */
function fullestHour(rows: readonly DemandRow[]): { wanted: number; plannedForMs: number | null } {
  const now = rows.reduce((sum, { playing, waiting }) => sum + playing + waiting, 0)
  const hours = new Map<number, number>()
  for (const { coming } of rows)
    for (const { atMs, high } of coming) hours.set(atMs, (hours.get(atMs) ?? 0) + high)
  const [fullest] = [...hours].sort((a, b) => b[1] - a[1] || a[0] - b[0])
  return fullest === undefined || fullest[1] <= now
    ? { wanted: now, plannedForMs: null }
    : { wanted: Math.ceil(fullest[1]), plannedForMs: fullest[0] }
}

interface Target {
  readonly id: string
  readonly name: string | null
  readonly country: string | null
  readonly lat: number
  readonly lon: number
  readonly seats: number
  readonly isNew: boolean
}

const standing = (sites: readonly SiteFacts[]): readonly Target[] =>
  [...sites]
    .sort((a, b) => b.seats - a.seats || (a.id < b.id ? -1 : 1))
    .flatMap(({ id, name, lat, lon, seats }) =>
      lat === null || lon === null ? [] : [{ id, name, country: null, lat, lon, seats, isNew: false }],
    )
    .slice(0, most.sites)

function possible(cells: readonly Cell[], sites: readonly SiteFacts[]): readonly Target[] {
  const isFar = (cell: Cell): boolean =>
    sites.every(
      ({ lat, lon }) => lat === null || lon === null || distanceKm(cell, { lat, lon }) > newSiteFromKm,
    )
  return cells
    .filter(isFar)
    .slice(0, most.newSites)
    .map(({ id, country, lat, lon }) => ({ id, name: null, country, lat, lon, seats: 0, isNew: true }))
}
