import { anchorsOf } from './anchors.ts'
import { believe, type Belief, type Observation } from './belief.ts'
import { candidatesOf } from './candidates.ts'
import { isVague, placeWeights } from './placeWeights.ts'
import { tuning as standard, type Tuning } from './tuning.ts'
import type { NextRoundInput, RoundInput, RttEstimate, SiteRtt } from './types.ts'

/** Sites to probe first: likely ones, and anchors where the place says little. Ids; [] when history leaves nothing open. */
export function firstRound(input: RoundInput, tuning: Tuning = standard): readonly string[] {
  const { table, place, history, budget, closed } = input
  const open = table.sites.filter(({ id }) => !closed.has(id))
  if (open.length <= budget && history.size === 0) return open.map(({ id }) => id)
  const count = Math.ceil(budget * tuning.roundShares[0])
  const { belief, candidates, observations } = thoughts({ ...input, probed: [] }, tuning)
  const shut = indicesOf(input, closed)
  const share = isVague(place) ? tuning.anchorsVague : tuning.anchorsExact
  const among = history.size > 0 ? [] : candidates.filter((site) => !shut.has(site))
  const anchors = anchorsOf(table, among, Math.round(count * share))
  const bestMs = observations.length === 0 ? null : Math.min(...observations.map(({ rttMs }) => rttMs))
  const taken = new Set([...shut, ...anchors])
  const worthMs = history.size > 0 ? tuning.worthKnownMs : tuning.worthMs
  const likely = belief.choose(count - anchors.length, bestMs, taken, worthMs)
  return idsOf(input, [...anchors, ...likely])
}

/** More sites to probe after what was measured; [] when nothing is to be gained or the budget is used up. */
export function nextRound(input: NextRoundInput, tuning: Tuning = standard): readonly string[] {
  const { probed, unanswered, budget, closed } = input
  const used = probed.length + unanswered.length
  // Nothing came back at all: it is not the sites that do not answer.
  if (probed.length === 0 && unanswered.length > 0) return []
  const second = Math.ceil(budget * tuning.roundShares[1])
  const isSecond = used <= Math.ceil(budget * tuning.roundShares[0])
  // A second round that found less than its share worth asking leaves nothing to a third; and that one is the last.
  if (!isSecond && used !== second) return []
  const count = (isSecond ? second : budget) - used
  if (count <= 0) return []
  const { belief } = thoughts(input, tuning)
  const taken = indicesOf(input, [...closed, ...probed.map(({ siteId }) => siteId), ...unanswered])
  const bestMs = Math.min(...probed.map(({ rttMs }) => rttMs))
  return idsOf(input, belief.choose(count, bestMs, taken, tuning.worthMs))
}

/** What to reckon with for every site of the table, by id. */
export function estimates(
  input: Omit<NextRoundInput, 'budget' | 'closed' | 'unanswered'>,
  tuning: Tuning = standard,
): ReadonlyMap<string, RttEstimate> {
  const { table, place, history, probed } = input
  const { belief, candidates, observations } = thoughts(input, tuning)
  const measured = new Map(probed.map((probe) => [probe.siteId, probe]))
  const considered = new Set(candidates)
  const ignorant = observations.length === 0 && place === null
  return new Map(
    table.sites.map(({ id }, site): [string, RttEstimate] => {
      const probe = measured.get(id)
      if (probe !== undefined)
        return [id, { rttMs: probe.rttMs, source: 'probe', uncertaintyMs: noiseOf(probe, tuning) }]
      if (ignorant || !considered.has(site)) return [id, unknown]
      const { meanMs, spreadMs } = belief.moments(site)
      const source = history.has(id) ? 'history' : observations.length > 0 ? 'mesh' : 'prior'
      return [id, { rttMs: meanMs, source, uncertaintyMs: spreadMs }]
    }),
  )
}

const unknown: RttEstimate = { rttMs: null, source: 'unknown', uncertaintyMs: 0 }

type Known = Pick<NextRoundInput, 'table' | 'place' | 'history' | 'probed'>

interface Thoughts {
  readonly belief: Belief
  readonly candidates: readonly number[]
  readonly observations: readonly Observation[]
}

function thoughts(input: Known, tuning: Tuning): Thoughts {
  const { table, place } = input
  const observations = observationsOf(input, tuning)
  const weights = placeWeights(table.sites, place, tuning)
  const candidates = candidatesOf(table, weights, observations)
  const own = Float64Array.from(candidates, (site) => weights[site] ?? 0)
  return { belief: believe(table, candidates, own, observations, tuning), candidates, observations }
}

/** A probe of now replaces what history says of its site. */
function observationsOf({ table, history, probed }: Known, tuning: Tuning): readonly Observation[] {
  const seen = new Map<number, Observation>()
  for (const [siteId, { rttMs, uncertaintyMs }] of history) {
    const site = table.indexOf(siteId)
    if (site !== undefined) seen.set(site, { site, rttMs, noiseMs: uncertaintyMs })
  }
  for (const probe of probed) {
    const site = table.indexOf(probe.siteId)
    if (site !== undefined) seen.set(site, { site, rttMs: probe.rttMs, noiseMs: noiseOf(probe, tuning) })
  }
  return [...seen.values()]
}

const noiseOf = ({ jitterMs }: SiteRtt, { probeNoiseMs, jitterShare }: Tuning): number =>
  probeNoiseMs + jitterShare * jitterMs

const indicesOf = ({ table }: Pick<RoundInput, 'table'>, siteIds: Iterable<string>): ReadonlySet<number> =>
  new Set([...siteIds].flatMap((id) => table.indexOf(id) ?? []))

const idsOf = ({ table }: Pick<RoundInput, 'table'>, sites: readonly number[]): readonly string[] =>
  sites.flatMap((site) => table.sites[site]?.id ?? [])
