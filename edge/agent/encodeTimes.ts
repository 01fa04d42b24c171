/** How long this node lately took for a frame. */
export interface EncodeTimes {
  /** What sessions report now; the same report counts once. */
  note(reports: Iterable<{ readonly report: { readonly encodeMs: number; readonly fps: number } }>): void
  /** Null until something was encoded. */
  readonly p95Ms: number | null
}

/** A few minutes of several sessions. */
const kept = 256

export function createEncodeTimes(): EncodeTimes {
  const seen = new WeakSet<object>()
  let timesMs: number[] = []
  return {
    note(reports) {
      for (const { report } of reports) {
        if (seen.has(report)) continue
        seen.add(report)
        if (report.fps > 0) timesMs.push(report.encodeMs)
      }
      timesMs = timesMs.slice(-kept)
    },
    get p95Ms() {
      const sorted = [...timesMs].sort((a, b) => a - b)
      return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null
    },
  }
}
