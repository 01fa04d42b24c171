import { median, percentile } from './percentile.ts'

/** Where the display's ticks are, on the browser's clock. */
export interface DisplayPhase {
  /** The latest tick on the fitted grid. */
  readonly tickAtMs: number
  readonly intervalMs: number
  /** Median distance of the ticks seen from that grid. */
  readonly errorMs: number
}

const minTicks = 30
/** Beyond this share of an interval the ticks are no grid: throttled tab, busy machine, variable refresh. */
const stableShare = 0.12

/**
 * Fits `tick(n) = start + n · interval` to animation-frame times, of which many may be missing. Chromium stamps them with the
 * display's own tick, so the residue is small where there is a real display clock. Null while there is no steady grid.
 */
export function fitDisplay(ticksMs: readonly number[]): DisplayPhase | null {
  if (ticksMs.length < minTicks) return null
  const gaps = ticksMs.slice(1).map((tick, i) => tick - (ticksMs[i] ?? tick))
  const base = percentile(
    gaps.filter((gap) => gap > 1),
    0.25,
  )
  if (base === null) return null
  const shortest = median(gaps.filter((gap) => Math.abs(gap - base) < base * 0.2)) ?? base
  // Pictures at 60 Hz leave two or three ticks of a fast display between them: the grid may be finer than any gap seen.
  for (const finer of [1, 2, 3]) {
    const fit = fitGrid(ticksMs, shortest / finer)
    if (fit !== null) return fit
  }
  return null
}

function fitGrid(ticksMs: readonly number[], guessMs: number): DisplayPhase | null {
  if (guessMs < 2 || guessMs > 100) return null
  const points = numbered(ticksMs, guessMs)
  const fit = leastSquares(points)
  if (fit === null || fit.intervalMs < 2 || fit.intervalMs > 100) return null
  const residues = points.map(({ n, atMs }) => Math.abs(atMs - (fit.startMs + n * fit.intervalMs)))
  const errorMs = median(residues) ?? Number.POSITIVE_INFINITY
  if (errorMs > fit.intervalMs * stableShare) return null
  const last = points.at(-1)?.n ?? 0
  return { tickAtMs: fit.startMs + last * fit.intervalMs, intervalMs: fit.intervalMs, errorMs }
}

/** Each tick's number on the grid, counted from its predecessor, so that a small error of the guess does not add up. */
function numbered(ticksMs: readonly number[], intervalMs: number): { n: number; atMs: number }[] {
  let n = 0
  return ticksMs.map((atMs, i) => {
    const before = ticksMs[i - 1]
    if (before !== undefined) n += Math.max(0, Math.round((atMs - before) / intervalMs))
    return { n, atMs }
  })
}

function leastSquares(
  points: readonly { n: number; atMs: number }[],
): { startMs: number; intervalMs: number } | null {
  const meanN = points.reduce((sum, { n }) => sum + n, 0) / points.length
  const meanAt = points.reduce((sum, { atMs }) => sum + atMs, 0) / points.length
  let above = 0
  let below = 0
  for (const { n, atMs } of points) {
    above += (n - meanN) * (atMs - meanAt)
    below += (n - meanN) ** 2
  }
  if (below === 0) return null
  const intervalMs = above / below
  return { intervalMs, startMs: meanAt - intervalMs * meanN }
}

/** A frame has to be there this long before a tick to be drawn by it. */
const compositorLeadMs = 0.7

/** Beyond this share of an interval the ways vary too much for anyone to aim between two ticks. */
const steadyShare = 0.5

/**
 * The way of a frame from its capture to ready for the display, and how late the late ones are. Null of too few, and on a path
 * that is too uneven: keeping clear of ticks would only add delay there.
 */
export function pathOf(
  waysMs: readonly number[],
  intervalMs: number,
): { pathMs: number; marginMs: number } | null {
  if (waysMs.length < minTicks) return null
  const middle = percentile(waysMs, 0.5)
  const late = percentile(waysMs, 0.97)
  if (middle === null || late === null || middle < 0 || middle > 5000) return null
  const marginMs = compositorLeadMs + late - middle
  return marginMs > intervalMs * steadyShare ? null : { pathMs: middle, marginMs }
}
