/** Demand of one region and class: what was played, or asked for, hour by hour. */
export interface DemandHistory {
  /** Of the first entry, in whole hours since 1970 (UTC). */
  readonly firstHour: number
  /** Sessions, in a unit that is the caller's, e.g. live at once; null where nobody counted. */
  readonly sessions: readonly (number | null)[]
}

export interface ForecastHour {
  /** Hours since 1970. */
  readonly hour: number
  readonly expected: number
  /** Four hours in five stay between these two, as far as the past tells. */
  readonly low: number
  readonly high: number
}

const day = 24
const week = 7 * day
/** How fast the level follows: tried on the history itself, the one that missed least is used. */
const levelRates = [0.02, 0.1, 0.3, 0.6] as const
/** How much of a surprise goes to its hour of the week. */
const seasonRate = 0.15
/** Of the normal distribution, for a band that holds 80 %. */
const bandSigmas = 1.2816
/** Of the square root of a Poisson count, whatever its mean: no band is narrower than chance itself. */
const poissonVariance = 0.25
/** With fewer past forecasts to learn from, the band is twice as wide as chance. */
const enoughErrors = 24
const guessVariance = 4 * poissonVariance

/**
 * A level times a profile by hour of the week, smoothed exponentially (Holt and Winters without trend) on the square root of the counts,
 * where the spread of a Poisson count is the same at any size (Anscombe, 1948). By hour of the day while there are less than two weeks,
 * and without a profile in the first two days. The bands come from what the same forecasts missed by in the past, per hours ahead. In
 * UTC: a change of the clocks takes a week or two to be learnt.
 * @param hoursAhead 1 to 168
 * @returns nothing when nothing was ever counted
 */
export function forecastDemand(history: DemandHistory, hoursAhead: number): readonly ForecastHour[] {
  const counted = history.sessions.filter((value) => value !== null).length
  if (counted === 0) return []
  const fits = levelRates.map((rate) => replay(history, rate, hoursAhead))
  const best = fits.reduce((a, b) => (meanOf(b.missed) < meanOf(a.missed) ? b : a))
  const nextHour = history.firstHour + history.sessions.length
  return Array.from({ length: hoursAhead }, (_, index) => {
    const hour = nextHour + index
    const middle = best.level * (best.season[hour % best.season.length] ?? 1)
    const sigma = Math.sqrt(varianceOf(best.missed[index]))
    return {
      hour,
      expected: fromRoot(middle),
      low: fromRoot(middle - bandSigmas * sigma),
      high: fromRoot(middle + bandSigmas * sigma),
    }
  })
}

interface Missed {
  readonly count: number
  readonly squares: number
}

interface Fit {
  readonly level: number
  /** Factors around 1, by hour modulo its length: 1, 24 or 168. */
  readonly season: readonly number[]
  /** Per hours ahead less one. */
  readonly missed: readonly Missed[]
}

const toRoot = (count: number): number => Math.sqrt(Math.max(0, count) + 3 / 8)
const fromRoot = (root: number): number => Math.max(0, Math.max(0, root) ** 2 - 3 / 8)

/** Goes through the history as if it came now, forecasting at every hour and keeping what was missed. */
function replay({ firstHour, sessions }: DemandHistory, levelRate: number, hoursAhead: number): Fit {
  const values = sessions.map((value) => (value === null ? null : toRoot(value)))
  const period = values.length >= 2 * week ? week : values.length >= 2 * day ? day : 1
  const start = startFit(values.slice(0, 2 * period), firstHour, period)
  const season = [...start.season]
  const levels = [start.level]
  const missed = Array.from({ length: hoursAhead }, () => ({ count: 0, squares: 0 }))
  for (let index = 2 * period; index < values.length; index++) {
    const slot = (firstHour + index) % period
    const level = levels.at(-1) ?? 0
    const value = values[index] ?? null
    if (value === null) {
      levels.push(level)
      continue
    }
    const profile = season[slot] ?? 1
    for (let ahead = 1; ahead <= Math.min(hoursAhead, levels.length); ahead++) {
      const error = value - (levels[levels.length - ahead] ?? 0) * profile
      const sum = missed[ahead - 1]
      if (sum !== undefined) {
        sum.count++
        sum.squares += error ** 2
      }
    }
    const surprise = value - level * profile
    // A quiet hour says less about the level than a busy one.
    levels.push(level + (levelRate * surprise * profile) / Math.max(1, profile ** 2))
    if (period > 1 && level > 0) season[slot] = profile + (seasonRate * (1 - levelRate) * surprise) / level
  }
  return { level: levels.at(-1) ?? 0, season, missed }
}

/** Means of the first two periods. */
function startFit(
  values: readonly (number | null)[],
  firstHour: number,
  period: number,
): Pick<Fit, 'level' | 'season'> {
  const known = values.flatMap((value, index) =>
    value === null ? [] : [{ value, slot: (firstHour + index) % period }],
  )
  const level = average(known.map(({ value }) => value)) ?? 0
  const season = Array.from({ length: period }, (_, slot) => {
    const mean = average(known.flatMap((one) => (one.slot === slot ? [one.value] : [])))
    return mean === null || level === 0 ? 1 : mean / level
  })
  return { level, season }
}

const average = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

/** All hours ahead together, which is what a level rate is chosen by. */
function meanOf(missed: readonly Missed[]): number {
  const count = missed.reduce((sum, one) => sum + one.count, 0)
  return count === 0 ? 0 : missed.reduce((sum, one) => sum + one.squares, 0) / count
}

const varianceOf = (missed: Missed | undefined): number =>
  missed === undefined || missed.count < enoughErrors
    ? guessVariance
    : Math.max(poissonVariance, missed.squares / missed.count)
