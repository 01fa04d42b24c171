import type { DemandRow } from '../../config/protocol/operator.ts'
import { type ForecastHour, forecastDemand } from '../placement/forecast.ts'
import { supplyAgainst } from '../placement/forecastSupply.ts'
import type { WantedPeak } from '../store/demandStore.ts'
import { demandKey, type NetworkFacts, parseDemandKey } from './facts.ts'

export type DemandHour = WantedPeak & { readonly hour: number }

const hourMs = 3_600_000
/** Hours of the past that are shown, and hours that are looked ahead. */
const shown = { past: 24, ahead: 12 } as const

/** What is on record of the hours before one, in the form that forecasts want. */
export interface Past {
  readonly thisHour: number
  /** Hours of which anything was noted: what is missing in one of them was 0. */
  readonly counted: readonly number[]
  /** By `demandKey` and hour. */
  readonly peaks: ReadonlyMap<string, ReadonlyMap<number, number>>
}

/** By `demandKey`, from `thisHour` on. */
export type Forecasts = ReadonlyMap<string, readonly ForecastHour[]>

export function pastOf(hours: readonly DemandHour[], thisHour: number): Past {
  const peaks = new Map<string, Map<number, number>>()
  const counted = new Set<number>()
  for (const { hour, region, seatClass, peak } of hours) {
    if (hour >= thisHour) continue
    counted.add(hour)
    if (region === '') continue
    const key = demandKey(region, seatClass)
    const own = peaks.get(key) ?? new Map<number, number>()
    own.set(hour, peak)
    peaks.set(key, own)
  }
  return { thisHour, counted: [...counted].sort((a, b) => a - b), peaks }
}

/** Each costs some milliseconds. @param rest lets other work go on */
export async function forecastsOf(past: Past, rest: () => Promise<unknown>): Promise<Forecasts> {
  const forecasts = new Map<string, readonly ForecastHour[]>()
  for (const [key, peaks] of past.peaks) {
    await rest()
    forecasts.set(key, forecastOf(peaks, past))
  }
  return forecasts
}

/** Pure: demand against supply, by region and class; where most is missing first. */
export function demandRows(facts: NetworkFacts, past: Past, forecasts: Forecasts): readonly DemandRow[] {
  const { thisHour, counted, peaks } = past
  const seats = seatsByKey(facts)
  const now = facts.tally.demand
  return [...new Set([...seats.keys(), ...now.keys(), ...peaks.keys()])]
    .map((key): DemandRow => {
      const { region, seatClass } = parseDemandKey(key)
      const own = peaks.get(key) ?? new Map<number, number>()
      const has = seats.get(key) ?? 0
      const coming = supplyAgainst(forecasts.get(key) ?? [], has)
      return {
        region,
        class: seatClass,
        seats: has,
        playing: now.get(key)?.playing ?? 0,
        waiting: now.get(key)?.waiting ?? 0,
        past: counted
          .filter((hour) => hour >= thisHour - shown.past)
          .map((hour) => ({ atMs: hour * hourMs, wanted: own.get(hour) ?? 0 })),
        coming: coming.map(({ hour, expected, low, high, state }) => ({
          atMs: hour * hourMs,
          expected,
          low,
          high,
          state,
        })),
        missing: Math.max(0, ...coming.map(({ missing }) => missing)),
      }
    })
    .sort((a, b) => b.waiting - a.waiting || b.missing - a.missing || (a.region < b.region ? -1 : 1))
}

function forecastOf(
  peaks: ReadonlyMap<number, number>,
  { counted, thisHour }: Past,
): readonly ForecastHour[] {
  const [firstHour] = counted
  if (firstHour === undefined) return []
  const known = new Set(counted)
  const sessions = Array.from({ length: thisHour - firstHour }, (_, index) =>
    known.has(firstHour + index) ? (peaks.get(firstHour + index) ?? 0) : null,
  )
  return forecastDemand({ firstHour, sessions }, shown.ahead)
}

function seatsByKey({ sites }: NetworkFacts): ReadonlyMap<string, number> {
  const seats = new Map<string, number>()
  for (const { region, seatsByClass } of sites)
    for (const [seatClass, count] of seatsByClass) {
      const key = demandKey(region, seatClass)
      seats.set(key, (seats.get(key) ?? 0) + count)
    }
  return seats
}
