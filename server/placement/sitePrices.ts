import { type SeatBlock, solveTransport } from './transport.ts'

/** Players whose ways are alike: those of a network, a city or a region. */
export interface SeekingPlace {
  /** How many of them ask for a seat. */
  readonly perMinute: number
  /** Predicted click-to-photon by site id, without load; a site that is not named cannot serve them. */
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
/** Spreads players over sites of equal price until the next prices come. */
const evenMs = 2

/**
 * What the next seat of each site is worth to those who will ask for it within the next minutes: the dual prices of a min-cost flow of
 * the expected players to the seats that are free or will be. A player who chooses by way plus price leaves a seat to those whose next
 * best is farther still. Worth renewing every minute or sooner.
 * @returns ms by site id; 0 where seats are left over
 */
export function sitePrices(input: PricesInput): ReadonlyMap<string, number> {
  const { places, sites, meanSessionMs, aheadMs = defaultAheadMs } = input
  const stay = Math.exp(-aheadMs / meanSessionMs)
  // Those who come within the time and are still there at its end.
  const minutes = (meanSessionMs / 60_000) * (1 - stay)
  const { pricesMs } = solveTransport({
    counts: places.map(({ perMinute }) => Math.round(perMinute * minutes)),
    costsMs: Float64Array.from(
      places.flatMap(({ costsMs }) => sites.map(({ id }) => costsMs.get(id) ?? Number.POSITIVE_INFINITY)),
    ),
    seats: sites.map(({ seats, taken }): SeatBlock[] => [
      { seats: Math.max(0, Math.round(seats - taken * stay)), costMs: 0 },
    ]),
    leaveMs: places.map(() => noSeatMs),
  })
  return new Map(sites.map(({ id }, index) => [id, Math.min(noSeatMs, pricesMs[index] ?? noSeatMs)]))
}

/**
 * The load term of a site whose price is known, instead of the bare convex one.
 * @param use share of the site's seats in use, 0-1
 */
export const pricedLoadMs = (priceMs: number, use: number): number => priceMs + evenMs * use ** 8
