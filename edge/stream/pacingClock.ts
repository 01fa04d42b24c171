/**
 * When to take the next frame. Pure: times in, time out; all on one clock, in ms.
 *
 * Rules: no more than `fps` on average (and 5 % tolerance); a change on a screen that was still goes out at once; changed content never
 * waits for another change; frames stay clear of the browser's display tick, so that two never share one.
 */
export interface PacingState {
  /** The earliest time at which the average allows another frame. */
  readonly nextDueMs: number
  /** Frames are being held back past the display tick; see `clearOfTick`. */
  readonly holdingBack: boolean
}

/** Where the browser's display ticks fall. Frames reach its compositor `pathMs` after their capture. */
export interface DisplayPhase {
  readonly tickAtMs: number
  readonly intervalMs: number
  readonly pathMs: number
  /** A frame that arrives nearer than this to a tick may land on either side of it. */
  readonly marginMs: number
}

export interface PacingInput {
  readonly nowMs: number
  readonly fps: number
  readonly display: DisplayPhase | null
}

export const startPacing: PacingState = { nextDueMs: 0, holdingBack: false }

/**
 * How early a frame may come before its slot, as a share of the interval: a game that draws at exactly `fps` on a clock
 * of its own jitters around our slots, and must not lose a frame each time it is early.
 */
const EARLY_SHARE = 0.25

/**
 * Games that sleep 16 ms a frame run at 62.5 fps. Held to 60 their frames would wait ever longer, up to a whole slot, until
 * one falls out, over and over. Let through they go out at once and the display drops the same one frame in 25.
 */
const RATE_TOLERANCE = 1.05

/** When changed content may be captured: now or later, never before `nowMs`. */
export function captureTime(state: PacingState, input: PacingInput): { atMs: number; holdingBack: boolean } {
  const earlyMs = (1000 / input.fps) * EARLY_SHARE
  const dueMs = Math.max(input.nowMs, state.nextDueMs - earlyMs)
  return input.display === null
    ? { atMs: dueMs, holdingBack: false }
    : clearOfTick(dueMs, state, input.display)
}

/** The state after a frame was taken at `atMs`. */
export function captured(state: PacingState, atMs: number, holdingBack: boolean, fps: number): PacingState {
  const intervalMs = 1000 / (fps * RATE_TOLERANCE)
  // At most one interval is saved up: after a pause the next frames do not come in a rush.
  return { nextDueMs: Math.max(state.nextDueMs, atMs - intervalMs * EARLY_SHARE) + intervalMs, holdingBack }
}

/**
 * Moves a capture whose frame would arrive around a tick to just after that tick. Once begun it goes on until arrivals
 * are twice the margin away: without that, jitter at the zone's edge would put two frames on one tick and none on the next.
 */
function clearOfTick(
  dueMs: number,
  state: PacingState,
  display: DisplayPhase,
): { atMs: number; holdingBack: boolean } {
  const { intervalMs, marginMs } = display
  const sinceTick = modulo(dueMs + display.pathMs - display.tickAtMs, intervalMs)
  const beforeTick = intervalMs - sinceTick
  const zoneMs = Math.min(state.holdingBack ? 2 * marginMs : marginMs, intervalMs / 3)
  if (beforeTick <= zoneMs) return { atMs: dueMs + beforeTick + marginMs, holdingBack: true }
  if (sinceTick < marginMs) return { atMs: dueMs + marginMs - sinceTick, holdingBack: state.holdingBack }
  return { atMs: dueMs, holdingBack: state.holdingBack && sinceTick < 2 * marginMs }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
