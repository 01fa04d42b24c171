import type { CongestionController, Estimate, RateBounds, SentPacket } from './congestion/controller.ts'
import { createSentHistory, type SentHistory, type TransportFeedback } from './congestion/feedback.ts'
import type { Pacer } from './pacer/pacer.ts'
import { createRateMeter } from './rateMeter.ts'
import { videoShareBps } from './videoShare.ts'

const TICK_MS = 25
const WINDOW_MS = 1000
/** A picture that takes less than this share of what the path carries has no more to show: repairs and protection take no more than half from it. */
const LIGHT = 0.4

export interface NetworkOptions {
  readonly controller: CongestionController
  readonly pacer: Pick<Pacer, 'setRate' | 'probe' | 'queuedBytes' | 'queuedMs'>
  nowMs(): number
  /** Calls back every so many ms; returns what calls it off. */
  every(ms: number, callback: () => void): () => void
  /** Something of it changed. */
  onEstimate(): void
  /** These seem lost. */
  onMissing(packets: readonly SentPacket[]): void
}

/** What the send side knows of the path, and what follows from it for the pacer. */
export interface Network {
  readonly history: SentHistory
  readonly estimate: Estimate
  readonly videoBps: number
  /** What the path carries and nobody else will use: neither sound and repairs nor the picture, even at its best. */
  readonly spareBps: number
  readonly queuedMs: number
  /** @param pictureBps what the picture takes at most */
  setBounds(bounds: RateBounds, pictureBps: number): void
  onSent(packet: SentPacket): void
  onFeedback(feedback: TransportFeedback): void
  /** The path leads elsewhere now. */
  reset(): void
  close(): void
}

export function createNetwork(options: NetworkOptions): Network {
  const { controller, pacer, nowMs, every, onEstimate } = options
  const history = createSentHistory()
  const meters = {
    audio: createRateMeter(WINDOW_MS),
    retransmission: createRateMeter(WINDOW_MS),
    fec: createRateMeter(WINDOW_MS),
    video: createRateMeter(WINDOW_MS),
    probe: createRateMeter(WINDOW_MS),
  }

  let pictureBps = Number.POSITIVE_INFINITY

  function follow(): void {
    pacer.setRate(controller.estimate.pacingBps)
    const probe = controller.takeProbe(nowMs())
    if (probe !== null) pacer.probe(probe)
  }

  const stop = every(TICK_MS, () => {
    const before = controller.estimate.targetBps
    controller.onTick(nowMs(), pacer.queuedBytes)
    follow()
    // While feedback fails to come, the rate goes down by time alone.
    if (controller.estimate.targetBps !== before) onEstimate()
  })

  return {
    history,
    get estimate() {
      return controller.estimate
    },
    get videoBps() {
      const now = nowMs()
      return videoShareBps(controller.estimate.targetBps, {
        audioBps: meters.audio.bps(now),
        repairBps: meters.retransmission.bps(now),
        protectionBps: meters.fec.bps(now),
        videoBps: meters.video.bps(now),
      })
    },
    get spareBps() {
      const now = nowMs()
      const { targetBps } = controller.estimate
      const videoBps = meters.video.bps(now)
      const picture = videoBps < LIGHT * targetBps ? videoBps : Math.max(videoBps, pictureBps)
      return Math.max(0, targetBps - meters.audio.bps(now) - meters.retransmission.bps(now) - picture)
    },
    get queuedMs() {
      return pacer.queuedMs
    },
    setBounds(bounds, mostBps) {
      pictureBps = mostBps
      controller.setBounds(bounds)
      follow()
      onEstimate()
    },
    onSent(packet) {
      meters[packet.kind].add(packet.bytes, packet.sentAtMs)
      controller.onSent(packet)
    },
    onFeedback(feedback) {
      controller.onFeedback(history.results(feedback), nowMs())
      follow()
      onEstimate()
      const suspects = history.suspects()
      if (suspects.length > 0) options.onMissing(suspects)
    },
    reset() {
      controller.reset(nowMs())
      follow()
      onEstimate()
    },
    close: stop,
  }
}
