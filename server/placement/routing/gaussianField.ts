import type { Tuning } from './tuning.ts'

/** Deviations at all candidates as a Gaussian process: what one observation says about the others. */
export interface GaussianField {
  /** By candidate, given what was learned. */
  readonly variance: Float64Array
  readonly learned: readonly Learned[]
  /** Takes the value at one candidate for known but for `noise` (a variance): the variances shrink. */
  learn(at: number, noise: number): void
  copy(): GaussianField
}
export interface Learned {
  /** How far each mean moves when the value is one deviation off. */
  readonly direction: Float64Array
  readonly deviation: number
}

const leastVariance = 1e-8

/**
 * The covariance of two candidates falls with the round trip between them. Learning is one column of an incomplete Cholesky
 * factorization, so that no matrix is ever inverted.
 * @param rows round trips between the candidates in ms
 * @param spread standard deviation of what neighbours share, in logarithms
 */
export function openField(
  rows: readonly Float64Array[],
  spread: number,
  tuning: Pick<Tuning, 'reachMs' | 'common' | 'own'>,
): GaussianField {
  const filled = (value: number): Float64Array => new Float64Array(rows.length).fill(value)
  const variance = filled(spread ** 2 + tuning.common ** 2 + tuning.own ** 2)
  return field(rows, spread, tuning, { variance, floor: filled(tuning.own ** 2), learned: [] })
}

interface State {
  readonly variance: Float64Array
  /** What no other site can tell of a site. Round trips are no metric, so that the factorization alone would go below it. */
  readonly floor: Float64Array
  readonly learned: readonly Learned[]
}

function field(
  rows: readonly Float64Array[],
  spread: number,
  tuning: Pick<Tuning, 'reachMs' | 'common' | 'own'>,
  { variance, floor, learned: known }: State,
): GaussianField {
  const learned = [...known]
  return {
    variance,
    learned,
    learn(at, noise) {
      const row = rows[at] ?? new Float64Array(0)
      const direction = row.map(
        (rttMs) => spread ** 2 * Math.exp(-rttMs / tuning.reachMs) + tuning.common ** 2,
      )
      direction[at] = (direction[at] ?? 0) + tuning.own ** 2
      for (const { direction: other } of learned) {
        const factor = other[at] ?? 0
        for (let index = 0; index < direction.length; index++)
          direction[index] = (direction[index] ?? 0) - (other[index] ?? 0) * factor
      }
      const deviation = Math.sqrt((variance[at] ?? 0) + noise)
      floor[at] = leastVariance
      for (let index = 0; index < direction.length; index++) {
        const before = variance[index] ?? 0
        const most = Math.sqrt(before)
        const scaled = Math.max(-most, Math.min(most, (direction[index] ?? 0) / deviation))
        direction[index] = scaled
        variance[index] = Math.max(floor[index] ?? 0, before - scaled ** 2)
      }
      learned.push({ direction, deviation })
    },
    copy: () => field(rows, spread, tuning, { variance: variance.slice(), floor: floor.slice(), learned }),
  }
}
