import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Often enough to meet every stall that would hold a frame up, seldom enough to cost nothing. */
const everyMs = 25
const nsPerMs = 1e6

export interface LoopDelay {
  /** Since the last `reset`, in ms beyond what the timer itself takes. */
  read(): { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }
  reset(): void
  stop(): void
}

/** How late the event loop is. Node's histogram counts the timer's own interval too: it is taken off here. */
export function watchLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: everyMs })
  histogram.enable()
  const beyond = (ns: number): number => Math.max(0, ns / nsPerMs - everyMs)
  return {
    read: () =>
      histogram.count === 0
        ? { p50Ms: 0, p99Ms: 0, maxMs: 0 }
        : {
            p50Ms: beyond(histogram.percentile(50)),
            p99Ms: beyond(histogram.percentile(99)),
            maxMs: beyond(histogram.max),
          },
    reset: () => histogram.reset(),
    stop: () => void histogram.disable(),
  }
}
