import type { ProbeResult, ProbeTarget } from '../../../config/protocol/placement.ts'
import { midOf, probeAnswer } from './answer.ts'
import { type PairTotals, probeResultOf, samplesOf } from './samples.ts'

const wantedSamples = 3
/** No round takes longer; what has not come by then is not near. */
const roundMs = 400
const readEveryMs = 20
/** As many as the router names at once. */
const mostAtOnce = 16

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** One connection towards one beacon, from its offer to its end. */
interface Probe {
  readonly target: ProbeTarget
  readonly pc: RTCPeerConnection
  readonly readings: PairTotals[]
}

/**
 * Round trips to beacons by STUN, up to 16 side by side, all within 400 ms; `rttMs` is null where nothing came back. Never throws.
 */
export async function probeAll(targets: readonly ProbeTarget[]): Promise<ProbeResult[]> {
  const results: ProbeResult[] = []
  for (let from = 0; from < targets.length; from += mostAtOnce)
    results.push(...(await round(targets.slice(from, from + mostAtOnce))))
  return results
}

async function round(targets: readonly ProbeTarget[]): Promise<ProbeResult[]> {
  const endsAtMs = performance.now() + roundMs
  const probes: Probe[] = []
  try {
    const certificate = await sharedCertificate()
    for (const target of targets)
      if (target.addresses.length > 0) probes.push({ target, pc: connection(certificate), readings: [] })
    // The nearest are named first, and begin first.
    for (const probe of probes) void begin(probe)
    let waiting: readonly Probe[] = probes
    while (waiting.length > 0 && performance.now() < endsAtMs) {
      await wait(readEveryMs)
      await Promise.all(waiting.map(read))
      waiting = waiting.filter(({ readings }) => (readings.at(-1)?.responsesReceived ?? 0) < wantedSamples)
    }
  } catch {
    // A browser without WebRTC: no samples then.
  } finally {
    for (const { pc } of probes) pc.close()
  }
  return targets.map((target) => {
    const readings = probes.find((probe) => probe.target === target)?.readings ?? []
    return probeResultOf(target.nodeId, samplesOf(readings), 'stun')
  })
}

let certificate: Promise<RTCCertificate> | null = null

/** One for all, since nothing is ever encrypted with it: making a key pair costs more than the rest of a probe. */
function sharedCertificate(): Promise<RTCCertificate> {
  certificate ??= RTCPeerConnection.generateCertificate({
    name: 'ECDSA',
    namedCurve: 'P-256',
  } as EcKeyGenParams)
  return certificate
}

function connection(shared: RTCCertificate): RTCPeerConnection {
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', certificates: [shared] })
  pc.createDataChannel('probe')
  return pc
}

async function begin({ pc, target }: Probe): Promise<void> {
  try {
    await pc.setLocalDescription()
    const sdp = probeAnswer(target, midOf(pc.localDescription?.sdp ?? ''))
    await pc.setRemoteDescription({ type: 'answer', sdp })
  } catch {
    // An address that this browser refuses, or the round is over.
  }
}

/** The pair that has heard most; the others are the same node's other addresses. */
async function read({ pc, readings }: Probe): Promise<void> {
  let best: PairTotals | null = null
  const report = await pc.getStats()
  report.forEach((entry: { type: string } & Partial<PairTotals>) => {
    const { totalRoundTripTime = 0, responsesReceived = 0 } = entry
    if (entry.type !== 'candidate-pair' || responsesReceived === 0) return
    if (best === null || responsesReceived > best.responsesReceived)
      best = { totalRoundTripTime, responsesReceived }
  })
  if (best !== null) readings.push(best)
}
