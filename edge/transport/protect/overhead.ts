export interface PathQuality {
  /** Share of packets that do not arrive, 0 to 1. */
  readonly lossRatio: number
  /** How many are lost in a row, on average. */
  readonly lossBurst: number
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
/** Bursts whose lengths are spread evenly around their mean (geometric) are no longer than this many times it four times of five. */
const MOST_BURSTS = 1.6

export interface FrameToProtect {
  readonly packets: number
  readonly keyframe: boolean
}

/**
 * Repair packets for each packet of a frame: a share that the picture gives way to, and beyond it as many as most bursts are long.
 * @param spare whether the path carries so many more packets than picture and sound take; they are then spent
 */
export function fecOverhead(
  { lossRatio, lossBurst, rttMs }: PathQuality,
  { packets, keyframe }: FrameToProtect,
  spare: (packets: number) => boolean,
): number {
  if (lossRatio < MIN_LOSS) return 0
  const worth = Math.min(
    1,
    Math.max(0, ((rttMs ?? SLOW_RTT_MS) - QUICK_RTT_MS) / (SLOW_RTT_MS - QUICK_RTT_MS)),
  )
  if (worth === 0) return 0
  const share = Math.min(MAX, (BASE + PER_LOSS * lossRatio) * worth * (keyframe ? KEYFRAME_FACTOR : 1))
  const wanted = Math.min(packets, Math.ceil(MOST_BURSTS * lossBurst))
  const more = wanted - share * packets
  return more > 0 && spare(more) ? wanted / packets : share
}
