import type {
  CongestionController,
  Estimate,
  ProbeCluster,
} from '../../../../edge/transport/congestion/controller.ts'
import { createSentHistory } from '../../../../edge/transport/congestion/feedback.ts'
import type { LinkPlan } from '../../../link/conditions.ts'
import { createLink } from '../../../link/model.ts'
import { seededRandom } from '../../../link/random.ts'

export interface SimulationPlan {
  readonly link: LinkPlan
  readonly lengthMs: number
  /** What the encoder could use at each time; it never makes more than the target. Default: anything. */
  readonly demandBps?: (nowMs: number) => number
  readonly feedbackEveryMs?: number
  readonly backMs?: number
}

export interface Sample {
  readonly atMs: number
  readonly estimate: Estimate
}

export interface Frame {
  readonly capturedAtMs: number
  /** When its last packet arrived; null: not whole. */
  readonly arrivedAtMs: number | null
  readonly bytes: number
}

export interface Simulation {
  /** Every 10 ms. */
  readonly samples: readonly Sample[]
  readonly frames: readonly Frame[]
  readonly arrivals: readonly {
    readonly sentAtMs: number
    readonly arrivedAtMs: number
    readonly bytes: number
  }[]
  readonly plan: SimulationPlan
}

const TICK_MS = 1
const FRAME_MS = 1000 / 60
const PACKET_BYTES = 1200
const CLOCK_OFFSET_MS = 123_456_789.3

interface Waiting {
  readonly frame: number
  readonly bytes: number
}

/** A sender of 60 frames a second with a pacer, a modelled link, and Chromium-like feedback, all on one made-up clock. */
export function simulate(plan: SimulationPlan, controller: CongestionController): Simulation {
  const link = createLink(plan.link)
  const history = createSentHistory()
  const random = seededRandom(plan.link.seed + 1)
  const feedbackEveryMs = plan.feedbackEveryMs ?? 50
  const backMs = plan.backMs ?? plan.link.start.delayMs
  const frames: { capturedAtMs: number; left: number; arrivedAtMs: number | null; bytes: number }[] = []
  const samples: Sample[] = []
  const arrivals: { sentAtMs: number; arrivedAtMs: number; bytes: number }[] = []
  /** On the way, by arrival. */
  const flying: { atMs: number; sequence: number; sentAtMs: number; bytes: number; frame: number }[] = []
  let back: { atMs: number; deliver(nowMs: number): void }[] = []
  let queue: Waiting[] = []
  let queuedBytes = 0
  let budgetBytes = 0
  let probe: { cluster: ProbeCluster; packets: number; bytes: number } | null = null
  /** The receiver's: arrivals not yet reported, and the next number to report. */
  let received = new Map<number, number>()
  let reportFrom = 0
  let nextFrameMs = 0

  function capture(nowMs: number): void {
    const rateBps = Math.min(controller.estimate.targetBps * 0.95, plan.demandBps?.(nowMs) ?? Infinity)
    const bytes = Math.max(80, Math.round(((rateBps * FRAME_MS) / 8000) * (0.85 + 0.3 * random())))
    const count = Math.ceil(bytes / PACKET_BYTES)
    frames.push({ capturedAtMs: nowMs, left: count, arrivedAtMs: null, bytes })
    for (let i = 0; i < count; i++)
      queue.push({ frame: frames.length - 1, bytes: Math.ceil(bytes / count) + 32 })
    queuedBytes += bytes + 32 * count
    // The pacer drops to a clean point.
    if ((queuedBytes * 8000) / controller.estimate.pacingBps > 250) {
      queue = []
      queuedBytes = 0
    }
  }

  function write(packet: Waiting, nowMs: number): void {
    const probeId = probe?.cluster.id ?? null
    const sent = history.sent({ kind: 'video', bytes: packet.bytes, sentAtMs: nowMs, probeId })
    controller.onSent(sent)
    const verdict = link.offer(nowMs, packet.bytes + 38)
    if (!('deliverAtMs' in verdict)) return
    const flight = {
      atMs: verdict.deliverAtMs,
      sequence: sent.sequence,
      sentAtMs: nowMs,
      bytes: packet.bytes,
      frame: packet.frame,
    }
    let place = flying.length
    while (place > 0 && (flying[place - 1]?.atMs ?? 0) > flight.atMs) place--
    flying.splice(place, 0, flight)
  }

  function pace(nowMs: number): void {
    const rateBps = probe?.cluster.rateBps ?? controller.estimate.pacingBps
    budgetBytes = Math.min(budgetBytes + (rateBps * TICK_MS) / 8000, (rateBps * 5) / 8000)
    while (budgetBytes > 0) {
      const packet = queue.shift() ?? (probe === null ? undefined : { frame: -1, bytes: PACKET_BYTES })
      if (packet === undefined) break
      if (packet.frame >= 0) queuedBytes -= packet.bytes
      write(packet, nowMs)
      budgetBytes -= packet.bytes
      if (probe !== null) {
        probe.packets++
        probe.bytes += packet.bytes
        if (probe.packets >= probe.cluster.minPackets && probe.bytes >= probe.cluster.minBytes) probe = null
      }
    }
    if (queue.length === 0) queuedBytes = 0
  }

  function receive(nowMs: number): void {
    let count = 0
    for (const flight of flying) {
      if (flight.atMs > nowMs) break
      count++
      received.set(flight.sequence, flight.atMs)
      arrivals.push({ sentAtMs: flight.sentAtMs, arrivedAtMs: flight.atMs, bytes: flight.bytes })
      const frame = frames[flight.frame]
      if (frame !== undefined && --frame.left === 0) frame.arrivedAtMs = flight.atMs
    }
    flying.splice(0, count)
  }

  function report(nowMs: number): void {
    if (received.size === 0) return
    const numbers = [...received.keys()]
    const base = Math.min(reportFrom, ...numbers)
    const last = Math.max(...numbers)
    const clockMs = Math.min(...received.values()) + CLOCK_OFFSET_MS
    const ticks = Math.floor(clockMs / 64) - 1
    const arrivalsMs: (number | null)[] = []
    for (let n = base; n <= last; n++) {
      const atMs = received.get(n)
      arrivalsMs.push(atMs === undefined ? null : Math.round((atMs + CLOCK_OFFSET_MS - ticks * 64) * 4) / 4)
    }
    received = new Map()
    reportFrom = last + 1
    const message = { baseSequence: base & 0xffff, referenceTicks: ticks % 2 ** 24, arrivalsMs }
    const deliver = (atMs: number) => controller.onFeedback(history.results(message), atMs)
    back.push({ atMs: nowMs + backMs, deliver })
  }

  for (let nowMs = 0; nowMs < plan.lengthMs; nowMs += TICK_MS) {
    receive(nowMs)
    if (nowMs % feedbackEveryMs === 0) report(nowMs)
    for (const { atMs, deliver } of back) if (atMs <= nowMs) deliver(nowMs)
    back = back.filter(({ atMs }) => atMs > nowMs)
    if (nowMs % 25 === 0) controller.onTick(nowMs, queuedBytes)
    if (probe === null) {
      const cluster = controller.takeProbe(nowMs)
      if (cluster !== null) probe = { cluster, packets: 0, bytes: 0 }
    }
    for (; nextFrameMs <= nowMs; nextFrameMs += FRAME_MS) capture(nowMs)
    pace(nowMs)
    if (nowMs % 10 === 0) samples.push({ atMs: nowMs, estimate: controller.estimate })
  }
  return { samples, frames, arrivals, plan }
}

export interface Measured {
  /** What arrived, and as a share of what the path could carry. */
  readonly rateBps: number
  readonly share: number
  readonly targetBps: number
  readonly leastTargetBps: number
  /** Above the path's own delay. */
  readonly packetP95Ms: number
}

/** @param fromMs and `toMs`: by arrival */
export function measure({ samples, arrivals, plan }: Simulation, fromMs: number, toMs: number): Measured {
  const within = arrivals.filter(({ arrivedAtMs }) => arrivedAtMs >= fromMs && arrivedAtMs < toMs)
  const waitsMs = within.map(({ sentAtMs, arrivedAtMs }) => arrivedAtMs - sentAtMs).sort((a, b) => a - b)
  const targets = samples
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .map(({ estimate }) => estimate.targetBps)
  const bits = within.reduce((sum, { bytes }) => sum + bytes * 8, 0)
  return {
    rateBps: (bits * 1000) / (toMs - fromMs),
    share: bits / createLink(plan.link).capacityBits(fromMs, toMs),
    targetBps: targets.reduce((sum, bps) => sum + bps, 0) / targets.length,
    leastTargetBps: Math.min(...targets),
    packetP95Ms:
      (waitsMs[Math.floor(0.95 * waitsMs.length)] ?? Number.POSITIVE_INFINITY) - plan.link.start.delayMs,
  }
}
