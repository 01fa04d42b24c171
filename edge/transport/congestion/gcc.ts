import { createArrivalGroups } from './arrivalGroups.ts'
import type { CongestionController, Estimate, PacketResult, RateBounds } from './controller.ts'
import { createDelayRate } from './delayRate.ts'
import { createDrain, type Drain, defaultDrain } from './drain.ts'
import { createForeignQueue } from './foreignQueue.ts'
import { createInFlight } from './inFlight.ts'
import { createLossBursts } from './lossBursts.ts'
import { createLossControl } from './loss.ts'
import { createOveruseDetector, type Usage } from './overuse.ts'
import { createProbePlan } from './probePlan.ts'
import { createProbeResults, type ProbeOutcome } from './probeResult.ts'
import { createQueueDelay } from './queueDelay.ts'
import { createRateWindow } from './rateWindow.ts'
import { createSilence } from './silence.ts'
import { createTrendline } from './trendline.ts'

export interface GccOptions {
  /** What a standing queue does to the rate; `noDrain` leaves Google's controller as it is. */
  readonly drain?: Drain
}

/** A frame leaves in less than half its interval where nothing waits; where a queue stands, more would only wait there. */
const PACING = 2.5
const PACING_IN_QUEUE = 1.2
/** Below this share of the target, the application had no more to send. */
const LIMITED_BELOW = 0.7
const LIMITED_MS = 500
/** Arrival rates: the longer one is steady, the shorter one is right while a queue keeps the path busy without a gap. */
const ACKED_MS = 300
const ACKED_BUSY_MS = 100
const BUSY_MS = 25
/** Over so much of the newest arrivals, what is in flight is reckoned up, once packets wait for longer than two bursts of our own. */
const NEWEST_MS = 60
const GROWING_MS = 15
/** Ten packets: with fewer, the newest arrivals are too few to be a rate. */
const LEAST_IN_FLIGHT_BYTES = 12_000
const DEEP_MS = 60
const COMING_MS = 100
/** Probes make a queue of their own: the trend is not asked until it is gone. */
const PROBE_ECHO_MS = 100
const OUTAGE_MS = 1000
const CALM_STANDING_MS = 20
const CALM_LOSS = 0.2
const RTT_MEMORY = 0.2
const FIRST_RTT_MS = 100

/** Google congestion control (draft-ietf-rmcat-gcc-02, with libwebrtc's constants), for a stream that would rather be small than late. */
export function createGcc(first: RateBounds, options: GccOptions = {}): CongestionController {
  const drain = options.drain ?? createDrain(defaultDrain)
  const groups = createArrivalGroups()
  const trendline = createTrendline()
  const detector = createOveruseDetector()
  const queue = createQueueDelay()
  const acked = createRateWindow(ACKED_MS)
  const sentRate = createRateWindow(LIMITED_MS)
  const delayRate = createDelayRate(first)
  const loss = createLossControl()
  const bursts = createLossBursts()
  const plan = createProbePlan()
  const probes = createProbeResults()
  const silence = createSilence()
  const inFlight = createInFlight()
  const foreign = createForeignQueue()
  let bounds = first
  let usage: Usage = 'normal'
  let rttMs: number | null = null
  let smallestRttMs = Number.POSITIVE_INFINITY
  /** What stands in the queue, or will by the time that what is in flight has arrived. */
  let waitMs = 0
  let heard = false
  let limited = false
  let queuedBytes = 0
  let echoUntilMs = Number.NEGATIVE_INFINITY
  /** What left before says nothing about loss: it met an outage. */
  let lossFromMs = Number.NEGATIVE_INFINITY
  let estimate: Estimate = decide(0)

  function decide(nowMs: number): Estimate {
    const share = Math.max(drain.factor(waitMs), foreign.leastShare)
    const wanted = Math.min(delayRate.bps, loss.capBps) * share * silence.factor(nowMs)
    const targetBps = Math.round(Math.min(bounds.maxBps, Math.max(bounds.minBps, wanted)))
    const waits = usage === 'overuse' || share < 0.9
    return {
      targetBps,
      pacingBps: Math.round(targetBps * (waits ? PACING_IN_QUEUE : PACING)),
      rttMs,
      lossRatio: loss.ratio,
      lossBurst: bursts.mean,
      usage: waits ? 'overuse' : usage,
    }
  }

  function learnDelay(results: readonly PacketResult[]): void {
    for (const { sent, arrivedAtMs } of results) {
      if (arrivedAtMs === null) continue
      acked.add(arrivedAtMs, sent.bytes)
      queue.add(sent.sentAtMs, arrivedAtMs)
      if (sent.probeId !== null) {
        if (sent.sentAtMs > echoUntilMs) resetTrend()
        echoUntilMs = Math.max(echoUntilMs, sent.sentAtMs + PROBE_ECHO_MS)
      }
      if (sent.sentAtMs <= echoUntilMs) continue
      const delta = groups.add(sent.sentAtMs, arrivedAtMs)
      const trend = delta === null ? null : trendline.add(delta)
      if (delta !== null && trend !== null) usage = detector.update(trend, delta.sentMs, delta.arrivedAtMs)
    }
  }

  function resetTrend(): void {
    groups.reset()
    trendline.reset()
    usage = 'normal'
  }

  function learnRtt(results: readonly PacketResult[], nowMs: number): void {
    const newest = results.findLast(({ arrivedAtMs }) => arrivedAtMs !== null)
    if (newest === undefined) return
    const sampleMs = nowMs - newest.sent.sentAtMs
    smallestRttMs = Math.min(smallestRttMs, sampleMs)
    rttMs = rttMs === null ? sampleMs : rttMs + RTT_MEMORY * (sampleMs - rttMs)
  }

  function learnLoss(results: readonly PacketResult[], nowMs: number): void {
    const counted = results.filter(({ sent }) => sent.sentAtMs >= lossFromMs)
    const lost = counted.filter(({ arrivedAtMs }) => arrivedAtMs === null).length
    const queued = queue.standingMs > GROWING_MS
    const input = { targetBps: estimate.targetBps, applicationLimited: limited, queued, nowMs }
    bursts.update(counted)
    loss.update(counted.length - lost, lost, input)
  }

  function learnProbe(outcome: ProbeOutcome): void {
    plan.found(outcome)
    delayRate.probed(outcome.bps, outcome.saturated)
    loss.probed(outcome.bps)
  }

  /** After an outage, half of what went through before, and a probe for all of it. */
  function comeBack(silentMs: number, nowMs: number): void {
    lossFromMs = nowMs - (rttMs ?? FIRST_RTT_MS)
    resetTrend()
    if (silentMs < OUTAGE_MS) return
    acked.clear()
    plan.hint(delayRate.bps)
    delayRate.set(delayRate.bps / 2)
  }

  function learnWait(): void {
    const standingMs = queue.standingMs
    const newestBps = acked.bps(NEWEST_MS)
    const enough = inFlight.bytes > LEAST_IN_FLIGHT_BYTES && newestBps !== null && newestBps > 0
    const coming = enough && standingMs > GROWING_MS && !inFlight.probing
    const comingMs = coming ? (inFlight.bytes * 8000) / newestBps - smallestRttMs : 0
    waitMs = Math.max(standingMs, comingMs)
  }

  function updateRate(nowMs: number): void {
    const ackedBps = acked.bps(waitMs > BUSY_MS ? ACKED_BUSY_MS : ACKED_MS)
    // An application-limited stream has no queue of its own making: a trend without one is jitter.
    const believed = usage === 'overuse' && limited && waitMs < BUSY_MS ? 'normal' : usage
    const before = delayRate.bps
    const deep = !foreign.present && (queue.standingMs > DEEP_MS || waitMs > COMING_MS)
    delayRate.update({
      usage: deep ? 'overuse' : believed,
      ackedBps,
      applicationLimited: limited,
      rttMs: rttMs ?? FIRST_RTT_MS,
      nowMs,
    })
    if (delayRate.bps < before) plan.dropped(nowMs)
  }

  return {
    get estimate() {
      return estimate
    },
    onSent(packet) {
      silence.onSent(packet.sentAtMs)
      inFlight.onSent(packet)
      sentRate.add(packet.sentAtMs, packet.bytes)
    },
    onFeedback(results, nowMs) {
      heard = true
      const silentMs = silence.onFeedback(nowMs)
      if (silentMs > 0) comeBack(silentMs, nowMs)
      learnRtt(results, nowMs)
      learnDelay(results)
      inFlight.onResults(results)
      learnWait()
      foreign.update(queue.standingMs, nowMs)
      learnLoss(results, nowMs)
      for (const outcome of probes.add(results, nowMs)) learnProbe(outcome)
      updateRate(nowMs)
      estimate = decide(nowMs)
    },
    onTick(nowMs, queued) {
      queuedBytes = queued
      const sentBps = sentRate.bps(LIMITED_MS, nowMs)
      const backlog = queuedBytes * 8000 > estimate.targetBps * 20
      limited = !backlog && sentBps !== null && sentBps < LIMITED_BELOW * estimate.targetBps
      estimate = decide(nowMs)
    },
    takeProbe(nowMs) {
      if (!heard) return null
      const calm =
        usage !== 'overuse' &&
        (waitMs < CALM_STANDING_MS || foreign.present) &&
        loss.ratio < CALM_LOSS &&
        silence.factor(nowMs) === 1
      const situation = { nowMs, estimateBps: delayRate.bps, maxBps: bounds.maxBps, calm }
      const cluster = plan.next(situation)
      if (cluster !== null) probes.expect(cluster)
      return cluster
    },
    setBounds(wanted) {
      bounds = wanted
      delayRate.setBounds(wanted)
    },
    reset(nowMs) {
      resetTrend()
      detector.reset()
      queue.reset()
      acked.clear()
      loss.reset()
      bursts.reset()
      probes.clear()
      silence.reset()
      inFlight.reset()
      plan.restart()
      delayRate.set(bounds.startBps)
      rttMs = null
      smallestRttMs = Number.POSITIVE_INFINITY
      waitMs = 0
      foreign.reset()
      heard = false
      lossFromMs = nowMs
      estimate = decide(nowMs)
    },
  }
}
