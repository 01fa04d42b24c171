import type { Steps } from './steps.ts'
import { type SeatBlock, transportSteps } from './transport.ts'

/** Players whose ways are alike: those of a network, a city or a region. */
export interface SeekingPlace {
  /** How many of them ask for a seat. */
  readonly perMinute: number
  /** Round trips by site id, or what else tells the sites apart for them; a site that is not named cannot serve them. */
  readonly costsMs: ReadonlyMap<string, number>
}

export interface SeatsOfSite {
  readonly id: string
  readonly seats: number
  /** Seats in use or promised. */
  readonly taken: number
}

export interface PricesInput {
  readonly places: readonly SeekingPlace[]
  readonly sites: readonly SeatsOfSite[]
  readonly meanSessionMs: number
  /** How far the plan looks ahead. */
  readonly aheadMs?: number
}

/** 5 to 20 minutes did equally well in `npm run bench:surge`. */
const defaultAheadMs = 10 * 60_000
/** Worse than any way: the price of a place where there will be no seat. */
const noSeatMs = 500

/**
 * What the next seat of each site is worth to those who will ask for it within the next minutes: the dual prices of a min-cost flow of
 * the expected players to the seats that are free or will be. A player who chooses by way plus price leaves a seat to those whose next
 * best is farther still. Worth renewing every minute or sooner.
 * @returns ms by site id, 0 to 500; 0 where seats are left over
 */
export function* priceSteps(input: PricesInput): Steps<ReadonlyMap<string, number>> {
  const { places, sites, meanSessionMs, aheadMs = defaultAheadMs } = input
  const stay = Math.exp(-aheadMs / meanSessionMs)
  // Those who come within the time and are still there at its end.
  const minutes = (meanSessionMs / 60_000) * (1 - stay)
  const counts = wholes(places.map(({ perMinute }) => perMinute * minutes))
  const seats = sites.map(({ seats: all, taken }) => Math.max(0, Math.round(all - taken * stay)))
  const costsMs = new Float64Array(places.length * sites.length)
  for (const [row, place] of places.entries()) {
    for (const [column, { id }] of sites.entries())
      costsMs[row * sites.length + column] = place.costsMs.get(id) ?? Number.POSITIVE_INFINITY
    yield
  }
  const { pricesMs } = yield* transportSteps({
    counts,
    costsMs,
    seats: seats.map((count): SeatBlock[] => [{ seats: count, costMs: 0 }]),
    leaveMs: places.map(() => noSeatMs),
  })
  const worthMs = whereNoSeatIs(counts, costsMs, pricesMs)
  return new Map(
    sites.map(({ id }, site) => [id, seats[site] === 0 ? (worthMs[site] ?? 0) : (pricesMs[site] ?? 0)]),
  )
}

/** Rounds so that the sums are right from the first to any other: many small places count as much as a large one. */
function wholes(values: readonly number[]): readonly number[] {
  let sum = 0
  return values.map((value) => {
    const before = Math.round(sum)
    sum += value
    return Math.round(sum) - before
  })
}

/** The flow says nothing of a site without seats: one there would save as much as it is nearer to somebody than what they pay now. */
function whereNoSeatIs(
  counts: readonly number[],
  costsMs: Float64Array,
  pricesMs: Float64Array,
): Float64Array {
  const worthMs = new Float64Array(pricesMs.length)
  for (const [place, count] of counts.entries()) {
    if (count === 0) continue
    const row = costsMs.subarray(place * pricesMs.length, (place + 1) * pricesMs.length)
    const payMs = row.reduce((least, way, site) => Math.min(least, way + (pricesMs[site] ?? 0)), noSeatMs)
    for (const [site, way] of row.entries()) worthMs[site] = Math.max(worthMs[site] ?? 0, payMs - way)
  }
  return worthMs
}
