import type { StreamRequest } from '../../config/protocol/stream.ts'
import { type LadderRung, ladderRungs } from './ladderRungs.ts'
import type { VideoCodec } from './stages.ts'

export interface LadderInput {
  readonly nowMs: number
  /** What the network leaves for encoded video. */
  readonly videoBps: number
  /** What the player allows. */
  readonly ceiling: StreamRequest
  readonly codec: VideoCodec
}

export interface LadderStep {
  readonly widthPx: number
  readonly heightPx: number
  readonly fps: number
  readonly bitrateBps: number
}

/** What to encode within what the network leaves: the bit rate follows at once, then the frame rate, then the resolution. */
export interface Ladder {
  next(input: LadderInput): LadderStep
}

/** The frame rate costs nothing to change; a queue that is being drained takes less than this off for most of its time. */
const FEWER_FRAMES_MS = 250
/** Another size costs a keyframe: not for a dip that a drained queue or a short fade explains. */
const SMALLER_MS = 1000
/** With less than this share of what the size needs at its lowest frame rate, the encoder cannot keep to its rate: no time to lose. */
const FAR_BELOW = 1 / 3
/** Up again only with room to spare for a while, and for longer each time that it did not hold. */
const ROOM = 1.3
const UP_MS = 2000
const LONGEST_UP_MS = 32_000
const HELD_MS = 10_000

/** How long the rate has called for another rung, and the rate that most spoke against it since. */
interface Call {
  readonly sinceMs: number
  readonly bps: number
}

export function createLadder(): Ladder {
  let index = 0
  let ceiling: StreamRequest | null = null
  let down: Call | null = null
  let up: Call | null = null
  let upMs = UP_MS
  /** Since it went up, while it is open whether that holds. */
  let raisedAtMs: number | null = null

  function start(wanted: StreamRequest, rungs: readonly LadderRung[], videoBps: number): void {
    // The player's own change takes effect at once; a new stream starts with all that was asked for.
    index = ceiling === null ? 0 : fitting(rungs, videoBps)
    ceiling = wanted
    down = null
    up = null
    upMs = UP_MS
    raisedAtMs = null
  }

  function goDown(rungs: readonly LadderRung[], current: LadderRung, call: Call, nowMs: number): void {
    const waitedMs = nowMs - call.sinceMs
    const wanted = fitting(rungs, call.bps)
    const sameSize = rungs.findLastIndex(({ heightPx }) => heightPx === current.heightPx)
    const farBelow = call.bps < FAR_BELOW * at(rungs, sameSize).neededBps
    const smallerMs = farBelow ? FEWER_FRAMES_MS : SMALLER_MS
    const next =
      waitedMs >= smallerMs ? wanted : waitedMs >= FEWER_FRAMES_MS ? Math.min(wanted, sameSize) : index
    if (next <= index) return
    index = next
    down = waitedMs >= smallerMs ? null : call
    if (raisedAtMs !== null) upMs = Math.min(2 * upMs, LONGEST_UP_MS)
    raisedAtMs = null
  }

  function goUp(rungs: readonly LadderRung[], call: Call, nowMs: number): void {
    if (nowMs - call.sinceMs < upMs) return
    index = Math.min(index, fitting(rungs, call.bps / ROOM))
    up = null
    raisedAtMs = nowMs
  }

  return {
    next({ nowMs, videoBps, ceiling: wanted, codec }) {
      const rungs = ladderRungs(wanted, codec)
      const bitrateBps = Math.round(Math.min(videoBps, wanted.maxBitrateBps))
      if (ceiling === null || !sameCeiling(ceiling, wanted)) start(wanted, rungs, bitrateBps)
      if (raisedAtMs !== null && nowMs - raisedAtMs >= HELD_MS) {
        upMs = UP_MS
        raisedAtMs = null
      }
      const current = at(rungs, index)
      const isShort = bitrateBps < current.neededBps && index < rungs.length - 1
      const hasRoom = index > 0 && bitrateBps >= ROOM * at(rungs, index - 1).neededBps
      down = isShort ? { sinceMs: down?.sinceMs ?? nowMs, bps: Math.max(down?.bps ?? 0, bitrateBps) } : null
      up = hasRoom
        ? { sinceMs: up?.sinceMs ?? nowMs, bps: Math.min(up?.bps ?? bitrateBps, bitrateBps) }
        : null
      if (down !== null) goDown(rungs, current, down, nowMs)
      if (up !== null) goUp(rungs, up, nowMs)
      const { widthPx, heightPx, fps } = at(rungs, index)
      return { widthPx, heightPx, fps, bitrateBps }
    },
  }
}

/** The best rung that the rate is enough for, the last one if none. */
function fitting(rungs: readonly LadderRung[], bps: number): number {
  const index = rungs.findIndex(({ neededBps }) => neededBps <= bps)
  return index === -1 ? rungs.length - 1 : index
}

/** Another codec can change what a rung needs, not how many there are. */
function at(rungs: readonly LadderRung[], index: number): LadderRung {
  const rung = rungs[Math.min(index, rungs.length - 1)]
  if (rung === undefined) throw new RangeError('A ladder has at least one rung.')
  return rung
}

const sameCeiling = (a: StreamRequest, b: StreamRequest): boolean =>
  a.widthPx === b.widthPx &&
  a.heightPx === b.heightPx &&
  a.fps === b.fps &&
  a.maxBitrateBps === b.maxBitrateBps
