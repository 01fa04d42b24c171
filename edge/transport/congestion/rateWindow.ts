/** Bits a second over a sliding window: what was acknowledged, or what was sent. */
export interface RateWindow {
  add(atMs: number, bytes: number): void
  /**
   * @param endMs the window's end; by default the last packet
   * @returns null before there is as much as the window
   */
  bps(windowMs: number, endMs?: number): number | null
  clear(): void
}

/** @param keepMs the longest window that may be asked for */
export function createRateWindow(keepMs: number): RateWindow {
  let packets: { readonly atMs: number; readonly bytes: number }[] = []
  let start = 0
  let firstAtMs: number | null = null
  let lastAtMs = Number.NEGATIVE_INFINITY

  return {
    add(atMs, bytes) {
      firstAtMs ??= atMs
      lastAtMs = Math.max(lastAtMs, atMs)
      packets.push({ atMs, bytes })
      while ((packets[start]?.atMs ?? lastAtMs) < lastAtMs - keepMs) start++
      if (start > 1000) {
        packets = packets.slice(start)
        start = 0
      }
    },
    bps(windowMs, endMs = lastAtMs) {
      if (firstAtMs === null || endMs - firstAtMs < windowMs) return null
      let bytes = 0
      for (let i = packets.length - 1; i >= start; i--) {
        const packet = packets[i]
        if (packet === undefined || packet.atMs < lastAtMs - keepMs) break
        if (packet.atMs > endMs - windowMs) bytes += packet.bytes
      }
      return (bytes * 8000) / windowMs
    },
    clear() {
      packets = []
      start = 0
      firstAtMs = null
      lastAtMs = Number.NEGATIVE_INFINITY
    },
  }
}
