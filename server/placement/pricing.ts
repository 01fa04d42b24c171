import { createArrivalRates } from './arrivalRates.ts'
import { type Metro, metrosOf, type SiteSupply } from './metros.ts'
import { meshTable } from './routing/meshTable.ts'
import type { Mesh } from './routing/types.ts'
import { priceSteps, type SeekingPlace } from './sitePrices.ts'
import type { Steps } from './steps.ts'

/** What a seat of a site is worth to those who will ask for one within the next minutes. */
export interface Prices {
  /** ms; null while nobody knows: then the convex load term stands. */
  of(siteId: string): number | null
}

export interface Pricing extends Prices {
  /** A player asks for a seat. @param ways round trips by site id; the two nearest tell where they are */
  asked(ways: ReadonlyMap<string, number>): void
  /** Somebody had a seat for so long. */
  played(lengthMs: number): void
  /** New prices, from who asked lately and the seats as they are now. Worth doing every minute. */
  renew(): Steps<void>
}

export interface PricingContext {
  supply(): readonly SiteSupply[]
  readonly mesh: Pick<Mesh, 'rttMs'>
  readonly clock: { now(): number }
}

export const noPrices: Prices = { of: () => null }

/** Players of the last quarter of an hour. With fewer, chance says more than they do. */
const enoughPlayers = 20
const mostMetros = 200
/** Beyond so many, the smaller ones count to the largest that is nearest to the same metro. */
const mostPlaces = 300
/** Of players who come to one place, the latest count most. */
const playersOfWay = 50
/** Until enough sessions have ended. */
const usualSessionMs = 45 * 60_000
const usualSessions = 20
const rememberedSessions = 500

interface Mean {
  ms: number
  count: number
}

export function createPricing({ supply, mesh, clock }: PricingContext): Pricing {
  const rates = createArrivalRates(clock.now())
  /** By site, as it was when prices were last renewed. */
  let metroOf: ReadonlyMap<string, string> = new Map()
  /** By place, which is a pair of metros: of the nearest and the next. Ways from there by metro, as players know or believe them. */
  const believed = new Map<string, Map<string, Mean>>()
  const session: Mean = { ms: usualSessionMs, count: usualSessions }
  let prices: ReadonlyMap<string, number> | null = null

  /** Where players come from, the busiest places first, with what they believe of the ways from there. */
  function* placesOf(perMinute: ReadonlyMap<string, number>): Steps<readonly Place[]> {
    for (const placeId of believed.keys()) if (!perMinute.has(placeId)) believed.delete(placeId)
    const places: Place[] = []
    const largestOf = new Map<string, Place>()
    for (const [placeId, rate] of [...perMinute].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))) {
      yield
      const ways = new Map<string, Mean>()
      for (const [id, { ms }] of believed.get(placeId) ?? noWays) {
        const metro = metroOf.get(id)
        if (metro !== undefined) addTo(ways, metro, ms, rate)
      }
      // Those whose site is gone are where their next one is.
      const [home] = nearestTwo(ways)
      if (home === undefined) continue
      const largest = largestOf.get(home)
      if (largest !== undefined && places.length >= mostPlaces) {
        largest.perMinute += rate
        for (const [metro, { ms }] of ways) addTo(largest.ways, metro, ms, rate)
        continue
      }
      const place = { home, perMinute: rate, ways }
      places.push(place)
      if (largest === undefined) largestOf.set(home, place)
    }
    return places
  }

  return {
    of: (siteId) => (prices === null ? null : (prices.get(siteId) ?? 0)),
    asked(ways) {
      const nearby = new Map<string, Mean>()
      for (const [siteId, ms] of ways) {
        const metro = metroOf.get(siteId) ?? siteId
        if (ms < (nearby.get(metro)?.ms ?? Number.POSITIVE_INFINITY)) nearby.set(metro, { ms, count: 1 })
      }
      const [home, next = ''] = nearestTwo(nearby)
      if (home === undefined) return
      const placeId = `${home}\n${next}`
      rates.record(placeId, clock.now())
      const known = believed.get(placeId) ?? new Map<string, Mean>()
      believed.set(placeId, known)
      for (const [metro, { ms }] of nearby) addTo(known, metro, ms, 1, playersOfWay)
    },
    played(lengthMs) {
      session.count = Math.min(session.count + 1, rememberedSessions)
      session.ms += (lengthMs - session.ms) / session.count
    },
    *renew() {
      const nowMs = clock.now()
      if (rates.counted(nowMs) < enoughPlayers) {
        prices = null
        return
      }
      const metros = metrosOf(supply(), mostMetros)
      metroOf = new Map(metros.flatMap(({ id, siteIds }) => siteIds.map((siteId) => [siteId, id])))
      yield
      const table = meshTable(metros, mesh)
      const seeking: SeekingPlace[] = []
      for (const place of yield* placesOf(rates.at(nowMs))) {
        const row = table.row(table.indexOf(place.home) ?? -1)
        seeking.push({ perMinute: place.perMinute, costsMs: costsOf(place, metros, row) })
        yield
      }
      const found = yield* priceSteps({ places: seeking, sites: metros, meanSessionMs: session.ms })
      // Only differences count: where every seat is scarce, what all of them are worth says nothing.
      const leastMs = Math.min(...found.values())
      prices = new Map(
        metros.flatMap(({ id, siteIds }) =>
          siteIds.map((siteId) => [siteId, (found.get(id) ?? 0) - leastMs]),
        ),
      )
    },
  }
}

interface Place {
  /** The metro of the shortest way. */
  readonly home: string
  perMinute: number
  /** By metro. */
  readonly ways: Map<string, Mean>
}

const noWays: ReadonlyMap<string, Mean> = new Map()

function addTo(
  means: Map<string, Mean>,
  key: string,
  ms: number,
  weight: number,
  most = Number.POSITIVE_INFINITY,
): void {
  const mean = means.get(key)
  if (mean === undefined) {
    means.set(key, { ms, count: weight })
    return
  }
  mean.count = Math.min(mean.count + weight, most)
  mean.ms += ((ms - mean.ms) * weight) / mean.count
}

/** The metros of the two shortest ways, as far as there are any. */
function nearestTwo(ways: ReadonlyMap<string, Mean>): readonly string[] {
  const order = (a: readonly [string, Mean], b: readonly [string, Mean]): number =>
    a[1].ms - b[1].ms || (a[0] < b[0] ? -1 : 1)
  let first: readonly [string, Mean] | null = null
  let second: readonly [string, Mean] | null = null
  for (const way of ways) {
    if (first === null || order(way, first) < 0) [first, second] = [way, first]
    else if (second === null || order(way, second) < 0) second = way
  }
  return [first, second].flatMap((way) => (way === null ? [] : [way[0]]))
}

/** From a place to the metros: as its players believe, or over its own metro's way by the mesh. */
function costsOf(
  { home, ways }: Place,
  metros: readonly Metro[],
  meshMs: Float32Array,
): ReadonlyMap<string, number> {
  const accessMs = ways.get(home)?.ms ?? 0
  return new Map(
    metros.map(({ id }, index): [string, number] => [
      id,
      ways.get(id)?.ms ?? accessMs + (meshMs[index] ?? 0),
    ]),
  )
}
