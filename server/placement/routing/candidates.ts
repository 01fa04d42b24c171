import { anchorsOf } from './anchors.ts'
import type { Observation } from './belief.ts'
import type { MeshTable } from './meshTable.ts'

/** Up to here every site is weighed. The work grows with the square. */
const mostCandidates = 224
const byPlace = 112
const byPaths = 80
const spread = 32

/**
 * The sites that a large network weighs for one player: those that are likely by place, those that the observed paths
 * lead near to, and some of all regions.
 * @param weights of the table's sites by place
 */
export function candidatesOf(
  table: MeshTable,
  weights: Float64Array,
  observations: readonly Observation[],
): readonly number[] {
  const all = [...table.sites.keys()]
  if (all.length <= mostCandidates) return all
  const picked = new Set(observations.map(({ site }) => site))
  const byWeight = [...all].sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0))
  for (const site of byWeight.slice(0, byPlace)) picked.add(site)
  if (observations.length > 0) {
    const mostMs = all.map((site) =>
      Math.min(...observations.map((seen) => seen.rttMs + (table.row(seen.site)[site] ?? 0))),
    )
    const byBound = [...all].sort((a, b) => (mostMs[a] ?? 0) - (mostMs[b] ?? 0))
    for (const site of byBound.slice(0, byPaths)) picked.add(site)
  }
  // Over a sample: a table of thousands of sites would otherwise be filled for a few anchors.
  const step = Math.ceil(all.length / mostCandidates)
  for (const site of anchorsOf(
    table,
    all.filter((site) => site % step === 0),
    spread,
  ))
    picked.add(site)
  return [...picked].sort((a, b) => a - b)
}
