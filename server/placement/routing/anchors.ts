import type { MeshTable } from './meshTable.ts'

/**
 * Greedy k-centre (Gonzalez 1985) over the mesh: the most central site, then again and again the one farthest from all
 * picked so far, so that every site has an anchor within twice the best possible distance.
 * @param among indices into the table's sites
 * @returns up to `count` of `among`, in the order they were picked
 */
export function anchorsOf(table: MeshTable, among: readonly number[], count: number): readonly number[] {
  const first = mostCentral(table, among)
  if (first === null || count <= 0) return []
  const picked = [first]
  const gapsMs = new Map(among.map((site) => [site, table.row(first)[site] ?? 0]))
  while (picked.length < Math.min(count, among.length)) {
    let farthest: number | null = null
    let farthestMs = 0
    for (const [site, gapMs] of gapsMs)
      if (gapMs > farthestMs) {
        farthest = site
        farthestMs = gapMs
      }
    if (farthest === null) break
    picked.push(farthest)
    const row = table.row(farthest)
    for (const [site, gapMs] of gapsMs) gapsMs.set(site, Math.min(gapMs, row[site] ?? gapMs))
  }
  return picked
}

function mostCentral(table: MeshTable, among: readonly number[]): number | null {
  let best: number | null = null
  let bestMs = Number.POSITIVE_INFINITY
  for (const site of among) {
    const row = table.row(site)
    let sumMs = 0
    for (const other of among) sumMs += row[other] ?? 0
    if (sumMs < bestMs) {
      best = site
      bestMs = sumMs
    }
  }
  return best
}
