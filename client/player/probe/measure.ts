import type { ProbeResult, ProbeTarget } from '../../../config/protocol/placement.ts'
import { midOf, probeAnswer } from './answer.ts'
import { type PairTotals, probeResultOf, samplesOf } from './samples.ts'

const wantedSamples = 3
/** No probe takes longer; what has not come by then is not near. */
const maxProbeMs = 400
const readEveryMs = 25

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Round trips to one node's beacon by STUN; `rttMs` is null when nothing came back. Never throws. */
export async function probe(target: ProbeTarget): Promise<ProbeResult> {
  if (target.addresses.length === 0) return probeResultOf(target.nodeId, [], 'stun')
  const readings: PairTotals[] = []
  let pc: RTCPeerConnection | null = null
  try {
    pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    pc.createDataChannel('probe')
    const offer = await pc.createOffer()
    await pc.setLocalDescription(offer)
    await pc.setRemoteDescription({ type: 'answer', sdp: probeAnswer(target, midOf(offer.sdp ?? '')) })
    const endsAtMs = performance.now() + maxProbeMs
    while (performance.now() < endsAtMs && (readings.at(-1)?.responsesReceived ?? 0) < wantedSamples) {
      await wait(readEveryMs)
      const best = await readPair(pc)
      if (best !== null) readings.push(best)
    }
  } catch {
    // A browser without WebRTC data, or an address that it refuses: no samples then.
  } finally {
    pc?.close()
  }
  return probeResultOf(target.nodeId, samplesOf(readings), 'stun')
}

/** The pair that has heard most; the others are the same node's other addresses. */
async function readPair(pc: RTCPeerConnection): Promise<PairTotals | null> {
  let best: PairTotals | null = null
  const report = await pc.getStats()
  report.forEach((entry: { type: string } & Partial<PairTotals>) => {
    const { totalRoundTripTime = 0, responsesReceived = 0 } = entry
    if (entry.type !== 'candidate-pair' || responsesReceived === 0) return
    if (best === null || responsesReceived > best.responsesReceived)
      best = { totalRoundTripTime, responsesReceived }
  })
  return best
}

/** All targets side by side, a few at a time so that they do not delay each other. */
export async function probeAll(targets: readonly ProbeTarget[], atOnce = 8): Promise<ProbeResult[]> {
  const results: ProbeResult[] = []
  for (let from = 0; from < targets.length; from += atOnce)
    results.push(...(await Promise.all(targets.slice(from, from + atOnce).map(probe))))
  return results
}
