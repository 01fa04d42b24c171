import type { DemandRow } from '../../config/protocol/operator.ts'
import { type ForecastHour, forecastDemand } from '../placement/forecast.ts'
import { supplyAgainst } from '../placement/forecastSupply.ts'
import type { WantedPeak } from '../store/demandStore.ts'
import type { NetworkFacts } from './facts.ts'
import { demandKey, hourOf, parseDemandKey } from './peaks.ts'

export type DemandHour = WantedPeak & { readonly hour: number }

const hourMs = 3_600_000
/** Hours of the past that are shown, and hours that are looked ahead. */
const shown = { past: 24, ahead: 12 } as const

/** Pure: demand against supply, by region and class; where most is missing first. */
export function demandRows(facts: NetworkFacts, hours: readonly DemandHour[]): readonly DemandRow[] {
  const thisHour = hourOf(facts.atMs)
  const counted = countedHours(hours, thisHour)
  const seats = seatsByKey(facts)
  const now = nowByKey(facts)
  const peaks = new Map<string, Map<number, number>>()
  for (const { hour, region, seatClass, peak } of hours) {
    if (region === '' || hour >= thisHour) continue
    const key = demandKey(region, seatClass)
    const own = peaks.get(key) ?? new Map<number, number>()
    own.set(hour, peak)
    peaks.set(key, own)
  }
  return [...new Set([...seats.keys(), ...now.keys(), ...peaks.keys()])]
    .map((key): DemandRow => {
      const { region, seatClass } = parseDemandKey(key)
      const own = peaks.get(key) ?? new Map<number, number>()
      const has = seats.get(key) ?? 0
      const coming = supplyAgainst(forecastOf(own, counted, thisHour), has)
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

/** An hour counts once anything was noted in it: what is missing in it then was 0. */
const countedHours = (hours: readonly DemandHour[], before: number): readonly number[] =>
  [...new Set(hours.map(({ hour }) => hour))].filter((hour) => hour < before).sort((a, b) => a - b)

function forecastOf(
  peaks: ReadonlyMap<number, number>,
  counted: readonly number[],
  thisHour: number,
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

function nowByKey({ sessions }: NetworkFacts): ReadonlyMap<string, { playing: number; waiting: number }> {
  const now = new Map<string, { playing: number; waiting: number }>()
  for (const { region, seatClass, waitingSinceMs } of sessions) {
    const key = demandKey(region, seatClass)
    const counts = now.get(key) ?? { playing: 0, waiting: 0 }
    if (waitingSinceMs === null) counts.playing += 1
    else counts.waiting += 1
    now.set(key, counts)
  }
  return now
}
