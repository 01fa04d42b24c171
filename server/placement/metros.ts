import type { SeatsOfSite } from './sitePrices.ts'
import type { Site } from './site.ts'

/** A site with its seats, those of nodes that take players. */
export interface SiteSupply extends Site {
  readonly seats: number
  readonly seatsFree: number
}

/** Sites that are near each other, so that one price does for all of them. It has the id and the place of its largest site. */
export interface Metro extends Site, SeatsOfSite {
  readonly siteIds: readonly string[]
}

/** Degrees. */
const cells = [0.5, 1, 2, 4, 8, 16, 32] as const
/** Cuts the globe into 18. */
const coarsest = 64

/**
 * As fine as `most` metros allow: every site for itself, or else cells of the globe. Sites that do not say where they are count as one
 * place then.
 * @returns in the order of their ids, whatever the order of the sites
 */
export function metrosOf(sites: readonly SiteSupply[], most: number): readonly Metro[] {
  if (sites.length <= most) return sites.map((site) => metroOf([site])).sort(byId)
  const degrees = cells.find((size) => new Set(sites.map((site) => cellOf(site, size))).size <= most)
  const groups = new Map<number, SiteSupply[]>()
  for (const site of sites) {
    const cell = cellOf(site, degrees ?? coarsest)
    const group = groups.get(cell)
    if (group === undefined) groups.set(cell, [site])
    else group.push(site)
  }
  return [...groups.values()].map(metroOf).sort(byId)
}

/** A number of its own for each cell; -1 for nowhere. */
const cellOf = ({ lat, lon }: Site, degrees: number): number =>
  lat === null || lon === null
    ? -1
    : Math.floor((lat + 90) / degrees) * 1000 + Math.floor((lon + 180) / degrees)

function metroOf(sites: readonly SiteSupply[]): Metro {
  const first = { id: '', lat: null, lon: null, seats: -1, seatsFree: 0 }
  const largest = sites.reduce<SiteSupply>(
    (a, b) => (b.seats > a.seats || (b.seats === a.seats && b.id < a.id) ? b : a),
    first,
  )
  const sum = (of: (site: SiteSupply) => number): number => sites.reduce((total, site) => total + of(site), 0)
  return {
    id: largest.id,
    lat: largest.lat,
    lon: largest.lon,
    seats: sum(({ seats }) => seats),
    taken: sum(({ seats, seatsFree }) => seats - seatsFree),
    siteIds: sites.map(({ id }) => id),
  }
}

const byId = (a: Metro, b: Metro): number => (a.id < b.id ? -1 : 1)
