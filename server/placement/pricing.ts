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
  /** A player asks for a seat. @param ways round trips by site id; the nearest site stands for where they are */
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
/** Sites that a place's players may be sent to: the plan's time grows with them. */
const waysOfPlace = 200
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
  /** By place: the ways from there, as its players have measured or believed them. */
  const believed = new Map<string, Map<string, Mean>>()
  const session: Mean = { ms: usualSessionMs, count: usualSessions }
  let prices: ReadonlyMap<string, number> | null = null

  /** What was believed of the ways of those who came, by metro. */
  function* placesOf(
    metros: readonly Metro[],
    perMinute: ReadonlyMap<string, number>,
  ): Steps<ReadonlyMap<string, Place>> {
    const metroOf = new Map(metros.flatMap(({ id, siteIds }) => siteIds.map((siteId) => [siteId, id])))
    const places = new Map<string, Place>()
    for (const siteId of believed.keys()) if (!perMinute.has(siteId)) believed.delete(siteId)
    for (const [siteId, rate] of perMinute) {
      yield
      const ways = believed.get(siteId) ?? noWays
      // Those whose site is gone are where their next one is.
      const home = metroOf.get(metroOf.has(siteId) ? siteId : (nearestOf(ways, metroOf) ?? ''))
      if (home === undefined) continue
      const place = places.get(home) ?? { perMinute: 0, ways: new Map() }
      places.set(home, place)
      place.perMinute += rate
      for (const [other, { ms }] of ways) {
        const metro = metroOf.get(other)
        if (metro !== undefined) addTo(place.ways, metro, ms, rate)
      }
    }
    return places
  }

  return {
    of: (siteId) => (prices === null ? null : (prices.get(siteId) ?? 0)),
    asked(ways) {
      const placeId = nearestOf(ways, ways)
      if (placeId === null) return
      rates.record(placeId, clock.now())
      const known = believed.get(placeId) ?? new Map<string, Mean>()
      believed.set(placeId, known)
      for (const [siteId, ms] of ways) addTo(known, siteId, ms, 1, playersOfWay)
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
      yield
      const places = yield* placesOf(metros, rates.at(nowMs))
      const table = meshTable(metros, mesh)
      const seeking: SeekingPlace[] = []
      for (const [metro, { perMinute, ways }] of places) {
        seeking.push({
          perMinute,
          costsMs: costsOf(metro, ways, metros, table.row(table.indexOf(metro) ?? -1)),
        })
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

/** The site of the shortest way among those that are there; null where none is. */
function nearestOf(
  ways: ReadonlyMap<string, number | Mean>,
  there: { has(siteId: string): boolean },
): string | null {
  let nearest: string | null = null
  let leastMs = Number.POSITIVE_INFINITY
  for (const [siteId, way] of ways) {
    const ms = typeof way === 'number' ? way : way.ms
    if (ms > leastMs || (ms === leastMs && nearest !== null && nearest < siteId) || !there.has(siteId))
      continue
    nearest = siteId
    leastMs = ms
  }
  return nearest
}

/** From a metro to those that are nearest: as players from there believe, or over the metro's own way by the mesh. */
function costsOf(
  home: string,
  ways: ReadonlyMap<string, Mean>,
  metros: readonly Metro[],
  meshMs: Float32Array,
): ReadonlyMap<string, number> {
  const accessMs = ways.get(home)?.ms ?? 0
  const costs = metros.map(({ id }, index): [string, number] => [
    id,
    ways.get(id)?.ms ?? accessMs + (meshMs[index] ?? 0),
  ])
  return new Map(costs.sort(([, a], [, b]) => a - b).slice(0, waysOfPlace))
}
