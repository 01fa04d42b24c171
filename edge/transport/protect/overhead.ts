export interface PathQuality {
  /** Share of packets that do not arrive, 0 to 1. */
  readonly lossRatio: number
  /** Null: not known yet. */
  readonly rttMs: number | null
}

/** Fewer losses than this are sent again: each costs one late frame, at most every few seconds. */
const MIN_LOSS = 0.003
/** Up to the first, a retransmission comes within a frame or two and protection buys nothing; from the second on it is worth its whole price. */
const QUICK_RTT_MS = 15
const SLOW_RTT_MS = 40
const BASE = 0.08
const PER_LOSS = 4
const MAX = 0.5
/** A keyframe that is not whole freezes the picture for a round trip and costs another keyframe. */
const KEYFRAME_FACTOR = 1.5

/** Where the picture takes less than this share of what the path carries, every frame can have its repair packet. */
const ROOMY = 0.5

export interface FrameToProtect {
  readonly packets: number
  readonly keyframe: boolean
}

/** Repair packets for each packet of a frame. `used`: the share of what the path carries that is in use. */
export function fecOverhead(path: PathQuality, frame: FrameToProtect, used: number): number {
  const { lossRatio, rttMs } = path
  if (lossRatio < MIN_LOSS) return 0
  const worth = Math.min(
    1,
    Math.max(0, ((rttMs ?? SLOW_RTT_MS) - QUICK_RTT_MS) / (SLOW_RTT_MS - QUICK_RTT_MS)),
  )
  const share = Math.min(MAX, (BASE + PER_LOSS * lossRatio) * worth * (frame.keyframe ? KEYFRAME_FACTOR : 1))
  return share > 0 && used < ROOMY ? Math.max(share, 1 / frame.packets) : share
}
