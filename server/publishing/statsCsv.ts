import type { TitleStats } from '../../config/protocol/publishing.ts'

type Value = string | number | null

const playColumns = [
  'day',
  'region',
  'version',
  'plays',
  'minutes',
  'startP50Ms',
  'startP95Ms',
  'crashes',
  'failedStarts',
] as const

const qualityColumns = [
  'measured',
  'clickP50Ms',
  'clickP95Ms',
  'framesShown',
  'framesDropped',
  'decodeMs',
  'freezes',
  'frozenMs',
  'seenMinutes',
] as const

/** RFC 4180, with a head. */
const csv = (lines: readonly (readonly Value[])[]): string =>
  lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('')

/** Plays by day, site and version; ends as `reason=count`, parted by spaces. */
export const playsCsv = ({ rows }: TitleStats): string =>
  csv([
    [...playColumns, 'ends'],
    ...rows.map((row) => [
      ...playColumns.map((column) => row[column]),
      Object.entries(row.ends)
        .map(([reason, count]) => `${reason}=${count}`)
        .join(' '),
    ]),
  ])

export const qualityCsvByDay = ({ quality }: TitleStats): string =>
  csv([
    ['day', ...qualityColumns],
    ...quality.days.map((row) => [row.day, ...qualityColumns.map((column) => row[column])]),
  ])

/** Cells with whole degrees, what is left of countries without, and elsewhere with neither. */
export const qualityCsvByRegion = ({ quality }: TitleStats): string =>
  csv([
    ['country', 'lat', 'lon', 'plays', ...qualityColumns],
    ...quality.regions.map((row) => [
      row.country,
      row.cell?.lat ?? null,
      row.cell?.lon ?? null,
      row.plays,
      ...qualityColumns.map((column) => row[column]),
    ]),
  ])

function cell(value: Value): string {
  if (value === null || typeof value === 'number') return String(value ?? '')
  // Hosts name their sites: what a spreadsheet would take for a formula becomes a text.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
