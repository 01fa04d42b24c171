import type { PacketResult, ProbeCluster } from './controller.ts'

/** What a probe found out. */
export interface ProbeOutcome {
  readonly bps: number
  /** It arrived slower than it was sent: that much, and no more, gets through. */
  readonly saturated: boolean
  readonly cluster: ProbeCluster
}

/** Measures how fast clusters of packets arrive (libwebrtc's `ProbeBitrateEstimator`). */
export interface ProbeResults {
  expect(cluster: ProbeCluster): void
  /** What is known now; each cluster is told once. */
  add(results: readonly PacketResult[], nowMs: number): ProbeOutcome[]
  clear(): void
}

/** Of what was planned: the rest may be lost. */
const ENOUGH = 0.8
const SATURATED_BELOW = 0.9
/** A shade below what was seen, so that the queue does not stay. */
const SATURATED_SHARE = 0.95
/** Faster by more than this is packets delivered in a lump, not a rate. */
const LONGEST_LUMP = 2
const LONGEST_MS = 1000
const FORGET_MS = 2000

interface Seen {
  readonly cluster: ProbeCluster
  startedAtMs: number | null
  packets: number
  bytes: number
  firstBytes: number
  lastBytes: number
  firstSentMs: number
  lastSentMs: number
  firstArrivedMs: number
  lastArrivedMs: number
}

export function createProbeResults(): ProbeResults {
  const open = new Map<number, Seen>()

  function count({ sent, arrivedAtMs }: PacketResult, seen: Seen): void {
    if (arrivedAtMs === null) return
    seen.packets++
    seen.bytes += sent.bytes
    if (sent.sentAtMs >= seen.lastSentMs) {
      seen.lastSentMs = sent.sentAtMs
      seen.lastBytes = sent.bytes
    }
    seen.firstSentMs = Math.min(seen.firstSentMs, sent.sentAtMs)
    if (arrivedAtMs < seen.firstArrivedMs) {
      seen.firstArrivedMs = arrivedAtMs
      seen.firstBytes = sent.bytes
    }
    seen.lastArrivedMs = Math.max(seen.lastArrivedMs, arrivedAtMs)
  }

  function outcome(seen: Seen): ProbeOutcome | null {
    const sentMs = seen.lastSentMs - seen.firstSentMs
    const arrivedMs = seen.lastArrivedMs - seen.firstArrivedMs
    if (sentMs <= 0 || arrivedMs <= 0 || sentMs > LONGEST_MS || arrivedMs > LONGEST_MS) return null
    const sentBps = ((seen.bytes - seen.lastBytes) * 8000) / sentMs
    const arrivedBps = ((seen.bytes - seen.firstBytes) * 8000) / arrivedMs
    if (arrivedBps > LONGEST_LUMP * sentBps) return null
    const saturated = arrivedBps < SATURATED_BELOW * sentBps
    const bps = saturated ? SATURATED_SHARE * arrivedBps : Math.min(sentBps, arrivedBps)
    return { bps, saturated, cluster: seen.cluster }
  }

  return {
    expect(cluster) {
      open.set(cluster.id, {
        cluster,
        startedAtMs: null,
        packets: 0,
        bytes: 0,
        firstBytes: 0,
        lastBytes: 0,
        firstSentMs: Number.POSITIVE_INFINITY,
        lastSentMs: Number.NEGATIVE_INFINITY,
        firstArrivedMs: Number.POSITIVE_INFINITY,
        lastArrivedMs: Number.NEGATIVE_INFINITY,
      })
    },
    add(results, nowMs) {
      for (const result of results) {
        const seen = result.sent.probeId === null ? undefined : open.get(result.sent.probeId)
        if (seen === undefined) continue
        seen.startedAtMs ??= nowMs
        count(result, seen)
      }
      const outcomes: ProbeOutcome[] = []
      for (const [id, seen] of open) {
        const { minPackets, minBytes } = seen.cluster
        if (seen.packets >= ENOUGH * minPackets && seen.bytes >= ENOUGH * minBytes) {
          open.delete(id)
          const known = outcome(seen)
          if (known !== null) outcomes.push(known)
        } else if (seen.startedAtMs !== null && nowMs - seen.startedAtMs > FORGET_MS) open.delete(id)
      }
      return outcomes
    },
    clear() {
      open.clear()
    },
  }
}
