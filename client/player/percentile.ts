/** Nearest-rank percentile; null of nothing. `share` in 0..1. */
export function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const rank = Math.ceil(share * sorted.length) - 1
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? null
}

export const median = (values: readonly number[]): number | null => percentile(values, 0.5)
