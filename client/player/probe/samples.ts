import type { ProbeResult } from '../../../config/protocol/placement.ts'

/** Running totals of one candidate pair: seconds and answers since it began. */
export interface PairTotals {
  readonly totalRoundTripTime: number
  readonly responsesReceived: number
}

/** Successive totals → the round trips between them, ms; several answers between two readings count as their mean. */
export function samplesOf(readings: readonly PairTotals[]): number[] {
  const samples: number[] = []
  let before: PairTotals = { totalRoundTripTime: 0, responsesReceived: 0 }
  for (const reading of readings) {
    const answers = reading.responsesReceived - before.responsesReceived
    if (answers <= 0) continue
    const meanMs = (1000 * (reading.totalRoundTripTime - before.totalRoundTripTime)) / answers
    for (let n = 0; n < answers; n += 1) samples.push(meanMs)
    before = reading
  }
  return samples
}

export function probeResultOf(
  nodeId: string,
  samplesMs: readonly number[],
  via: ProbeResult['via'],
): ProbeResult {
  if (samplesMs.length === 0) return { nodeId, rttMs: null, jitterMs: null, samples: 0, via }
  const rttMs = Math.max(0, Math.min(...samplesMs))
  return {
    nodeId,
    rttMs,
    jitterMs: Math.max(0, Math.max(...samplesMs) - rttMs),
    samples: samplesMs.length,
    via,
  }
}
