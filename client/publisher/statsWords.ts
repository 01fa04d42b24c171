import type { TitleStats } from '../../config/protocol/publishing.ts'

/** The UTC days of two moments. */
export const daysOf = (fromMs: number, toMs: number): readonly [string, string] => [
  dayOf(fromMs),
  dayOf(toMs),
]

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)

const dayMs = 24 * 3_600_000

/** Both included. */
export function everyDay(from: string, to: string): readonly string[] {
  const days: string[] = []
  for (let atMs = Date.parse(from); atMs <= Date.parse(to); atMs += dayMs) days.push(dayOf(atMs))
  return days
}

export const secondsText = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`)

/** `player-left` reads as `player left`. */
export const endWords = (reason: string): string => reason.replaceAll('-', ' ')

type Row = TitleStats['rows'][number]
export type Sum = Pick<Row, 'plays' | 'minutes' | 'crashes' | 'failedStarts'>

/** Sums of what can be added up, most plays first. */
export function sumBy(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): readonly (readonly [string, Sum])[] {
  const sums = new Map<string, Sum>()
  for (const row of rows) {
    const key = keyOf(row)
    const { plays, minutes, crashes, failedStarts } = sums.get(key) ?? {
      plays: 0,
      minutes: 0,
      crashes: 0,
      failedStarts: 0,
    }
    sums.set(key, {
      plays: plays + row.plays,
      minutes: minutes + row.minutes,
      crashes: crashes + row.crashes,
      failedStarts: failedStarts + row.failedStarts,
    })
  }
  return [...sums].sort(([, a], [, b]) => b.plays - a.plays)
}
