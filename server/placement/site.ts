/** Where nodes stand: the unit of probing and of placement, as nodes are of capacity. */
export interface Site {
  readonly id: string
  /** Degrees; both null where the operator did not say. */
  readonly lat: number | null
  readonly lon: number | null
}

interface Located {
  readonly siteName: string
  readonly lat: number | null
  readonly lon: number | null
}

/** Nodes with one name and the same coordinates to 0.01° (about 1 km) stand at one site. */
export function siteIdOf({ siteName, lat, lon }: Located): string {
  return lat === null || lon === null ? siteName : `${siteName}@${lat.toFixed(2)},${lon.toFixed(2)}`
}
