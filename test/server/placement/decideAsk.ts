import type { DecisionInput, SiteView } from '../../../server/placement/decide.ts'
import type { RttEstimate } from '../../../server/placement/routing/types.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'

export const site = (rttMs: number | null, change: Partial<SiteView> = {}): SiteView => ({
  rtt: { rttMs, source: rttMs === null ? 'unknown' : 'probe', uncertaintyMs: 0 },
  distanceKm: null,
  silent: false,
  use: 0,
  priceMs: null,
  ...change,
})
export const guessed = (rttMs: number): SiteView => {
  const rtt: RttEstimate = { rttMs, source: 'prior', uncertaintyMs: 0 }
  return site(rttMs, { rtt })
}
export const anyTitle = { id: 'game', latencyBudgetMs: null, allow: null }
export const hour = 3_600_000

/** @param sites by the name of their one node, in lower case */
export const ask = (
  nodes: readonly NodeSnapshot[],
  sites: Readonly<Record<string, SiteView>> = {},
  change: Partial<DecisionInput> = {},
): DecisionInput => ({
  sessionId: 's',
  nowMs: 10 * hour,
  title: anyTitle,
  codecs: ['h264'],
  displayIntervalMs: 10,
  nodes,
  sites: new Map(
    nodes.flatMap(({ nodeId, siteId }) => {
      const view = sites[nodeId]
      return view === undefined ? [] : [[siteId, view] as const]
    }),
  ),
  refusedBy: new Set(),
  qualityMs: new Map(),
  warm: new Set(),
  last: null,
  ...change,
})
