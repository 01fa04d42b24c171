import { distanceKm } from '../distance.ts'
import type { Site } from '../site.ts'
import type { Mesh } from './types.ts'

/** The mesh by index, one row a site, filled when first asked for and without gaps. */
export interface MeshTable {
  readonly sites: readonly Site[]
  indexOf(siteId: string): number | undefined
  /** Round trips from a site to all others in ms; 0 to itself. */
  row(site: number): Float32Array
}

/** Half around the world, where a site does not say where it is. */
const unknownKm = 10_000

export function meshTable(sites: readonly Site[], mesh: Pick<Mesh, 'rttMs'>): MeshTable {
  const indices = new Map(sites.map(({ id }, index) => [id, index]))
  const rows: (Float32Array | undefined)[] = []

  function fill(site: Site): Float32Array {
    const row = new Float32Array(sites.length)
    for (const [index, other] of sites.entries()) {
      row[index] = site === other ? 0 : (mesh.rttMs(site.id, other.id) ?? guessedMs(site, other))
    }
    return row
  }

  return {
    sites,
    indexOf: (siteId) => indices.get(siteId),
    row(index) {
      const known = rows[index]
      if (known !== undefined) return known
      const site = sites[index]
      const row = site === undefined ? new Float32Array(sites.length) : fill(site)
      rows[index] = row
      return row
    },
  }
}

/** Between data centres that have not measured each other: light in fibre, twice the great circle, and some switches. */
export const guessedMs = (a: Site, b: Site): number => 2 + kmBetween(a, b) / 50

export function kmBetween(
  a: { readonly lat: number | null; readonly lon: number | null },
  b: { readonly lat: number | null; readonly lon: number | null },
): number {
  if (a.lat === null || a.lon === null || b.lat === null || b.lon === null) return unknownKm
  return distanceKm({ lat: a.lat, lon: a.lon }, { lat: b.lat, lon: b.lon })
}
