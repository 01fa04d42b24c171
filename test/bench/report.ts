/** One figure: `metric` is camelCase with its unit, `target` is there only where the project promises one. */
export interface BenchRow {
  readonly case: string
  readonly metric: string
  readonly unit: string
  /** Not a number where nothing was measured. */
  readonly value: number
  readonly target?: number
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly gpu: string | null
  readonly node: string
}

export interface Report {
  readonly bench: string
  /** Hash of the commit that was measured; null outside a repository. */
  readonly commit: string | null
  readonly machine: Machine
  readonly results: readonly BenchRow[]
}

/** What a bench is given; it exports `run(bench: BenchRun): Promise<void>`. */
export interface BenchRun {
  /** Options of the bench itself, e.g. `--rounds 8` as `rounds: '8'`. */
  readonly options: Readonly<Record<string, string>>
  /** Shows what is going on in one line that the next one replaces. */
  progress(text: string): void
  row(caseName: string, metric: string, unit: string, value: number, target?: number): void
}

/**
 * Linear interpolation between the two nearest values.
 * @param percent 0-100
 * @returns NaN for no values
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  const position = ((sorted.length - 1) * percent) / 100
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  if (below === undefined || above === undefined) return Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

export const median = (values: readonly number[]): number => percentile(values, 50)

/** Three significant digits or whole numbers, whichever says more. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3)
}

/** @returns lines of a table with aligned columns */
export function table(rows: readonly BenchRow[]): string[] {
  const cells = [
    ['case', 'metric', 'value', 'target', 'unit'],
    ...rows.map(({ case: caseName, metric, value, target, unit }) => [
      caseName,
      metric,
      figure(value),
      target === undefined ? '' : figure(target),
      unit,
    ]),
  ]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const lines = cells.map((line) =>
    line
      .map((cell, column) =>
        column === 2 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return [lines[0] ?? '', '-'.repeat(Math.max(...lines.map((line) => line.length))), ...lines.slice(1)]
}

/** The file of `--json`: figures to four decimals, null where nothing was measured. */
export function toJson(report: Report): string {
  const results = report.results.map((row) => ({
    ...row,
    value: Number.isFinite(row.value) ? Math.round(row.value * 10_000) / 10_000 : null,
  }))
  return `${JSON.stringify({ ...report, results }, null, 2)}\n`
}
