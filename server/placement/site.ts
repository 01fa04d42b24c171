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

/** The sites of some nodes, each once, in the order of their ids, so that equal fleets give equal choices. */
export function sitesOf(nodes: readonly Located[]): readonly Site[] {
  const sites = new Map<string, Site>()
  for (const node of nodes) {
    const id = siteIdOf(node)
    const placed = node.lat !== null && node.lon !== null
    if (!sites.has(id)) sites.set(id, { id, lat: placed ? node.lat : null, lon: placed ? node.lon : null })
  }
  return [...sites.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}
