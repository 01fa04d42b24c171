import type { NetworkFacts } from './facts.ts'

/** Most sessions at once in one hour, by what was counted. */
export interface Peaks {
  /** In whole hours since 1970 (UTC). */
  readonly hour: number
  /** Seats wanted (taken, or waited for), by `demandKey`; over everything under ''. */
  readonly wanted: ReadonlyMap<string, number>
  /** Sessions per place of players. */
  readonly places: ReadonlyMap<string, number>
}

const hourMs = 3_600_000
/** Of one hour; the many cells with a single player tell nothing that a neighbour does not. */
const mostPlaces = 1_000

export const hourOf = (atMs: number): number => Math.floor(atMs / hourMs)
export const noPeaks = (hour: number): Peaks => ({ hour, wanted: new Map(), places: new Map() })

/** Pure: the peaks with one more look at the network; those of another hour start anew. */
export function raised(peaks: Peaks, { atMs, tally }: NetworkFacts): Peaks {
  const hour = hourOf(atMs)
  const before = peaks.hour === hour ? peaks : noPeaks(hour)
  const wanted = [...tally.demand].map(([key, { playing, waiting }]) => [key, playing + waiting] as const)
  const places = [...tally.cells].map(
    ([cellId, { sessions, waiting }]) => [cellId, sessions + waiting] as const,
  )
  return {
    hour,
    wanted: higher(before.wanted, [['', tally.sessions], ...wanted]),
    places: most(higher(before.places, places), mostPlaces),
  }
}

function higher(
  before: ReadonlyMap<string, number>,
  now: readonly (readonly [string, number])[],
): ReadonlyMap<string, number> {
  const both = new Map(before)
  for (const [key, count] of now) both.set(key, Math.max(both.get(key) ?? 0, count))
  return both
}

const most = (counts: ReadonlyMap<string, number>, limit: number): ReadonlyMap<string, number> =>
  counts.size <= limit ? counts : new Map([...counts].sort((a, b) => b[1] - a[1]).slice(0, limit))
