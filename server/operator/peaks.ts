import type { NetworkFacts } from './facts.ts'

/** Most sessions at once in one hour, by what was counted. */
export interface Peaks {
  /** In whole hours since 1970 (UTC). */
  readonly hour: number
  /** Seats wanted (taken, or waited for) per region and class, `region\nclass`; over everything under ''. */
  readonly wanted: ReadonlyMap<string, number>
  /** Sessions per place of players. */
  readonly places: ReadonlyMap<string, number>
}

const hourMs = 3_600_000
/** Of one hour; the many cells with a single player tell nothing that a neighbour does not. */
const mostPlaces = 1_000

export const hourOf = (atMs: number): number => Math.floor(atMs / hourMs)
export const demandKey = (region: string, seatClass: string): string => `${region}\n${seatClass}`
export function parseDemandKey(key: string): { readonly region: string; readonly seatClass: string } {
  const [region = '', seatClass = ''] = key.split('\n')
  return { region, seatClass }
}

export const noPeaks = (hour: number): Peaks => ({ hour, wanted: new Map(), places: new Map() })

/** Pure: the peaks with one more look at the network; those of another hour start anew. */
export function raised(peaks: Peaks, { atMs, sessions }: NetworkFacts): Peaks {
  const hour = hourOf(atMs)
  const wanted = new Map<string, number>([['', sessions.length]])
  const places = new Map<string, number>()
  for (const { region, seatClass, cellId } of sessions) {
    const key = demandKey(region, seatClass)
    wanted.set(key, (wanted.get(key) ?? 0) + 1)
    if (cellId !== null) places.set(cellId, (places.get(cellId) ?? 0) + 1)
  }
  const before = peaks.hour === hour ? peaks : noPeaks(hour)
  return {
    hour,
    wanted: higher(before.wanted, wanted),
    places: most(higher(before.places, places), mostPlaces),
  }
}

function higher(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const both = new Map(a)
  for (const [key, count] of b) both.set(key, Math.max(both.get(key) ?? 0, count))
  return both
}

const most = (counts: ReadonlyMap<string, number>, limit: number): ReadonlyMap<string, number> =>
  counts.size <= limit ? counts : new Map([...counts].sort((a, b) => b[1] - a[1]).slice(0, limit))
