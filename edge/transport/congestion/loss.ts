/** The loss-based half (draft-ietf-rmcat-gcc-02, 6), for paths whose queue is too short to show as delay. */
export interface LossControl {
  /** Smoothed, 0 to 1. */
  readonly ratio: number
  /** No more than this; Infinity while loss gives no reason. */
  readonly capBps: number
  /**
   * Of one feedback message.
   * @param targetBps the rate that met this loss
   */
  update(arrived: number, lost: number, input: LossInput): void
  /** That much got through after all. */
  probed(bps: number): void
  reset(): void
}

export interface LossInput {
  readonly targetBps: number
  readonly applicationLimited: boolean
  /** Packets wait on the way: then loss is likely the overflow of that queue. */
  readonly queued: boolean
  readonly nowMs: number
}

/** Below these, a window says nothing: one packet of five lost is not 20 % loss. */
const WINDOW_PACKETS = 40
const WINDOW_MS = 400
/** Loss beyond doubt is acted on sooner. */
const HEAVY = { packets: 60, ms: 120, ratio: 0.25 }
/** Draft: 10 % reduces, 2 % lets grow; between them the delay decides here, since radio links lose that much without being full. */
const REDUCE_ABOVE = 0.1
const GROW_BELOW = 0.05
const QUEUED = { reduceAbove: 0.03, growBelow: 0.02, share: 0.9 }
const GROW_PER_SECOND = 1.25
/** A rate lower by so much that met the same loss did not cause it. */
const LOWER = 0.65
const SAME = 0.7
const MEMORY_MS = 2000
const LEAST_PACKETS = 100

export function createLossControl(): LossControl {
  let window = { sinceMs: Number.NEGATIVE_INFINITY, packets: 0, lost: 0 }
  let recent = { packets: 0, lost: 0, atMs: Number.NEGATIVE_INFINITY }
  let capBps = Number.POSITIVE_INFINITY
  /** Loss that is there at any rate: of the radio, not of a queue. */
  let inherent = 0
  /** Where the present series of reductions began. */
  let from: { readonly bps: number; readonly ratio: number } | null = null

  function remember(packets: number, lost: number, nowMs: number): void {
    const keep = Math.exp(-(nowMs - recent.atMs) / MEMORY_MS)
    recent = { packets: recent.packets * keep + packets, lost: recent.lost * keep + lost, atMs: nowMs }
  }

  function judge(ratio: number, { targetBps, applicationLimited, queued }: LossInput, ms: number): void {
    inherent = Math.min(inherent, (inherent + ratio) / 2)
    const caused = Math.max(0, (ratio - inherent) / (1 - inherent))
    if (caused > (queued ? QUEUED.reduceAbove : REDUCE_ABOVE)) {
      if (applicationLimited && caused < HEAVY.ratio) return
      from ??= { bps: targetBps, ratio }
      if (targetBps <= LOWER * from.bps && ratio >= SAME * from.ratio) {
        inherent = ratio
        from = null
        return
      }
      capBps = Math.min(capBps, targetBps) * Math.min(queued ? QUEUED.share : 1, 1 - caused / 2)
    } else if (caused < (queued ? QUEUED.growBelow : GROW_BELOW) && capBps < Number.POSITIVE_INFINITY) {
      from = null
      capBps *= GROW_PER_SECOND ** (ms / 1000)
      if (capBps > 2 * targetBps) capBps = Number.POSITIVE_INFINITY
    }
  }

  return {
    get ratio() {
      return recent.lost / Math.max(recent.packets, LEAST_PACKETS)
    },
    get capBps() {
      return capBps
    },
    update(arrived, lost, input) {
      const { nowMs } = input
      remember(arrived + lost, lost, nowMs)
      if (window.packets === 0 && window.sinceMs === Number.NEGATIVE_INFINITY) window.sinceMs = nowMs
      window.packets += arrived + lost
      window.lost += lost
      const ms = nowMs - window.sinceMs
      const ratio = window.lost / Math.max(window.packets, 1)
      const full = window.packets >= WINDOW_PACKETS && ms >= WINDOW_MS
      const heavy = ratio - inherent >= HEAVY.ratio && window.packets >= HEAVY.packets && ms >= HEAVY.ms
      if (!full && !heavy) return
      judge(ratio, input, ms)
      window = { sinceMs: nowMs, packets: 0, lost: 0 }
    },
    probed(bps) {
      capBps = Math.max(capBps, bps)
    },
    reset() {
      window = { sinceMs: Number.NEGATIVE_INFINITY, packets: 0, lost: 0 }
      recent = { packets: 0, lost: 0, atMs: Number.NEGATIVE_INFINITY }
      capBps = Number.POSITIVE_INFINITY
      inherent = 0
      from = null
    },
  }
}
