import type { PeerPing } from '../../config/protocol/nodeSocket.ts'

export type PingFault =
  /** Of a node that it was not given to measure. */
  | 'not-asked'
  /** Sooner after the last one than a node that keeps its pace measures again. */
  | 'too-soon'
  /** Faster than light between where both say they are, or in no time at all. */
  | 'too-fast'
  /** Longer than a node waits for an answer. */
  | 'too-slow'

/** A node measures a peer every 24 s at the soonest; what was queued on a broken link may come together. */
const soonestMs = 5_000
const slowestMs = 2_000
/** In vacuum; fibre takes half as long again. */
const lightKmPerMs = 299.792
/** Sites have coordinates to 0.01°, and their operators round as well. */
const slackKm = 50

/** A node's figures are claims: what cannot be so is refused. */
export function pingFault(
  { rttMs }: Pick<PeerPing, 'rttMs'>,
  asked: { readonly lastAtMs: number | null } | null,
  nowMs: number,
  distanceKm: number | null,
): PingFault | null {
  if (asked === null) return 'not-asked'
  if (asked.lastAtMs !== null && nowMs - asked.lastAtMs < soonestMs) return 'too-soon'
  const leastMs = distanceKm === null ? 0 : (2 * Math.max(0, distanceKm - slackKm)) / lightKmPerMs
  if (rttMs <= 0 || rttMs < leastMs) return 'too-fast'
  return rttMs > slowestMs ? 'too-slow' : null
}
