import { type GaussianField, openField } from './gaussianField.ts'
import type { MeshTable } from './meshTable.ts'
import { expectedImprovement } from './normal.ts'
import type { Tuning } from './tuning.ts'

/** A round trip that is known, more or less: a probe of now or what history says. */
export interface Observation {
  /** Index into the table's sites. */
  readonly site: number
  readonly rttMs: number
  readonly noiseMs: number
}

/** What is believed of the round trips between one player and the candidate sites. */
export interface Belief {
  /** Mean and one standard deviation. */
  moments(site: number): { readonly meanMs: number; readonly spreadMs: number }
  /**
   * Sites to probe at once, best first: each is the one expected to lower the best round trip most, given that the ones
   * before it are probed too.
   * @param bestMs lowest round trip known so far; null before the first
   * @returns as many as are worth `worthMs`, at most `count`
   */
  choose(count: number, bestMs: number | null, taken: ReadonlySet<number>, worthMs: number): readonly number[]
}

/** Hypotheses that weigh less than this of the heaviest are dropped. */
const leastWeight = 3e-3
const mostHypotheses = 64
/** A first probe is compared with a site that nobody would call near. */
const nothingYetMs = 400

/** "This player's paths look like this site's, plus an access of so many ms." */
interface Hypothesis {
  readonly twin: number
  readonly accessMs: number
  /** Which of the fields says how far the paths deviate. */
  readonly fit: number
  /** By observation, in deviations. */
  readonly surprises: number[]
  logWeight: number
}
interface Weighed {
  readonly fit: number
  /** Logarithm of the round trip to each candidate. */
  readonly mean: Float64Array
  readonly weight: number
}

/**
 * Every site is a hypothesis of what the player is like. Around each, a Gaussian process over the logarithms of the round
 * trips says how far they may deviate, and that sites near each other deviate together. Observations are taken in one by
 * one: they move the means, shrink the variances, and weigh the hypotheses by how well each foretold them.
 * @param candidates indices into the table's sites; also the sites that a player may be like
 * @param weights of the candidates as the player's twin, before anything is observed
 */
export function believe(
  table: MeshTable,
  candidates: readonly number[],
  weights: Float64Array,
  observations: readonly Observation[],
  tuning: Tuning,
): Belief {
  const rows = candidates.map((site) => among(candidates, table.row(site)))
  const besideMs = rows.map((row, at) => tuning.besideMs + tuning.besideShare * nearestMs(row, at))
  const places = new Map(candidates.map((site, at) => [site, at]))
  const hypotheses = hypothesesOf(weights, tuning)
  const fields = tuning.fits.map(({ spread }) => openField(rows, spread, tuning))
  const foretold = ({ twin, accessMs }: Hypothesis, at: number): number => {
    const rttMs = at === twin ? besideMs[at] : rows[twin]?.[at]
    return Math.log((rttMs ?? 0) + accessMs + tuning.offsetMs)
  }
  for (const { site, rttMs, noiseMs } of observations) {
    const at = places.get(site)
    if (at === undefined) continue
    const shifted = rttMs + tuning.offsetMs
    for (const field of fields) field.learn(at, (noiseMs / shifted) ** 2)
    for (const hypothesis of hypotheses)
      weigh(hypothesis, at, Math.log(shifted) - foretold(hypothesis, at), fields[hypothesis.fit], tuning)
  }
  const kept = heaviest(hypotheses).map(({ hypothesis, weight }): Weighed => {
    const mean = Float64Array.from(candidates, (_, at) => foretold(hypothesis, at))
    for (const [index, { direction }] of (fields[hypothesis.fit]?.learned ?? []).entries()) {
      const surprise = hypothesis.surprises[index] ?? 0
      for (let at = 0; at < mean.length; at++) mean[at] = (mean[at] ?? 0) + (direction[at] ?? 0) * surprise
    }
    return { fit: hypothesis.fit, mean, weight }
  })
  const varianceOf = (fit: number, at: number): number => fields[fit]?.variance[at] ?? 0

  return {
    moments(site) {
      const at = places.get(site) ?? -1
      let mean = 0
      let square = 0
      for (const { fit, mean: means, weight } of kept) {
        const variance = varianceOf(fit, at)
        const shifted = Math.exp((means[at] ?? 0) + variance / 2)
        mean += weight * shifted
        square += weight * shifted ** 2 * Math.exp(variance)
      }
      const spreadMs = Math.sqrt(Math.max(0, square - mean ** 2))
      return { meanMs: Math.max(0, mean - tuning.offsetMs), spreadMs }
    },

    choose(count, bestMs, taken, worthMs) {
      const chosen: number[] = []
      const ahead = fields.map((field) => field.copy())
      const bests = kept.map(() => (bestMs ?? nothingYetMs) + tuning.offsetMs)
      const open = new Set(candidates.keys())
      for (const site of taken) open.delete(places.get(site) ?? -1)
      const gain = (index: number, { fit, mean }: Weighed, at: number): number =>
        expectedImprovement(bests[index] ?? 0, mean[at] ?? 0, ahead[fit]?.variance[at] ?? 0)
      const total = (at: number): number => {
        let gainMs = 0
        for (let index = 0; index < kept.length; index++) {
          const one = kept[index]
          if (one !== undefined) gainMs += one.weight * gain(index, one, at)
        }
        return gainMs
      }
      const gainsMs = new Map([...open].map((at) => [at, total(at)]))
      while (chosen.length < count) {
        const best = leader(gainsMs, total, worthMs)
        const site = candidates[best]
        if (site === undefined) break
        for (const [index, one] of kept.entries()) bests[index] = (bests[index] ?? 0) - gain(index, one, best)
        // Its neighbours will be known better for it, whatever it measures.
        for (const field of ahead) field.learn(best, 0)
        gainsMs.delete(best)
        chosen.push(site)
      }
      return chosen
    },
  }
}

/** A row's figures of these sites. */
function among(sites: readonly number[], row: Float32Array): Float64Array {
  const figures = new Float64Array(sites.length)
  for (let at = 0; at < figures.length; at++) figures[at] = row[sites[at] ?? -1] ?? 0
  return figures
}

/**
 * The site that gains most, -1 when none gains more than `worthMs`. A probe makes the others worth less, hardly ever more, so that
 * only sites that lead by what they were worth before are reckoned anew (lazy greedy: Minoux 1978).
 * @param gainsMs what the sites were worth before the last probe; brought up to date as far as was needed
 */
function leader(gainsMs: Map<number, number>, totalMs: (at: number) => number, worthMs: number): number {
  const fresh = new Set<number>()
  for (;;) {
    let best = -1
    let mostMs = worthMs
    for (const [at, gainMs] of gainsMs)
      if (gainMs > mostMs) {
        best = at
        mostMs = gainMs
      }
    if (best === -1 || fresh.has(best)) return best
    gainsMs.set(best, totalMs(best))
    fresh.add(best)
  }
}

function hypothesesOf(weights: Float64Array, { fits, accessesMs }: Tuning): readonly Hypothesis[] {
  return [...weights].flatMap((weight, twin) =>
    accessesMs.flatMap((access) =>
      fits.map(({ share }, fit): Hypothesis => {
        const logWeight = Math.log(weight * access.share * share)
        return { twin, accessMs: access.ms, fit, surprises: [], logWeight }
      }),
    ),
  )
}

function nearestMs(row: Float64Array, own: number): number {
  let least = Number.POSITIVE_INFINITY
  for (const [at, rttMs] of row.entries()) if (at !== own && rttMs < least) least = rttMs
  return Number.isFinite(least) ? least : 0
}

/**
 * Weighs a hypothesis by the observation that the field has learned last.
 * @param gap between it and what the hypothesis foretold before anything was observed
 */
function weigh(
  hypothesis: Hypothesis,
  at: number,
  gap: number,
  field: GaussianField | undefined,
  { tails, belief }: Tuning,
): void {
  const { surprises } = hypothesis
  const learned = field?.learned ?? []
  let left = gap
  for (let index = 0; index < surprises.length; index++)
    left -= (surprises[index] ?? 0) * (learned[index]?.direction[at] ?? 0)
  const deviation = learned[surprises.length]?.deviation ?? 1
  const surprise = left / deviation
  // Student's t instead of the normal's square: one odd path does not rule a twin out.
  const misfit = ((tails + 1) / 2) * Math.log(1 + surprise ** 2 / tails)
  hypothesis.logWeight -= belief * (misfit + Math.log(deviation))
  surprises.push(surprise)
}

/** The few that carry nearly all the weight; their weights sum to 1. */
function heaviest(
  hypotheses: readonly Hypothesis[],
): readonly { readonly hypothesis: Hypothesis; readonly weight: number }[] {
  const sorted = [...hypotheses].sort((a, b) => b.logWeight - a.logWeight).slice(0, mostHypotheses)
  const most = sorted[0]?.logWeight ?? 0
  const weighed = sorted
    .map((hypothesis) => ({ hypothesis, weight: Math.exp(hypothesis.logWeight - most) }))
    .filter(({ weight }) => weight >= leastWeight)
  const sum = weighed.reduce((total, { weight }) => total + weight, 0)
  return weighed.map(({ hypothesis, weight }) => ({ hypothesis, weight: weight / sum }))
}
