/**
 * When to take the next frame. Pure: times in, time out; all on one clock, in ms.
 *
 * Rules: no more than `fps` on average (and 5 % tolerance); a change on a screen that was still goes out at once; changed content never
 * waits for another change. Where the browser's display ticks are known, a moving picture is taken once a tick, as late as it
 * can be and still be shown there: two free-running 60 Hz clocks would put two frames on one tick and none on the next whenever
 * they beat, and a frame that is early only waits in the browser, where it no longer picks up what the game draws meanwhile.
 */
export interface PacingState {
  /** The earliest time at which the average allows another frame. */
  readonly nextDueMs: number
  readonly lastFrameAtMs: number
  /** The display tick that the last frame was meant for. */
  readonly servedTickMs: number
}

/** Where the browser's display ticks fall. Frames reach its compositor `pathMs` after their capture. */
export interface DisplayPhase {
  readonly tickAtMs: number
  readonly intervalMs: number
  readonly pathMs: number
  /** How much longer than `pathMs` the late ones take. */
  readonly marginMs: number
}

export interface PacingInput {
  readonly nowMs: number
  readonly fps: number
  readonly display: DisplayPhase | null
}

export interface PlannedCapture {
  readonly atMs: number
  /** The display tick that it can reach; null while ticks are unknown. */
  readonly tickMs: number | null
}

export const startPacing: PacingState = {
  nextDueMs: 0,
  lastFrameAtMs: Number.NEGATIVE_INFINITY,
  servedTickMs: Number.NEGATIVE_INFINITY,
}

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
/** On the display's own ticks there is no such wait; two clocks of the same nominal rate still differ a little. */
const TICK_RATE_TOLERANCE = 1.01

/** A game that draws around the time of capture jitters too: a frame this late is still taken for the same tick. */
const SLACK_MS = 1.5

/** A screen without a frame for this many intervals was still. */
const STILL_INTERVALS = 2.5

/** When changed content may be captured: now or later, never before `nowMs`. */
export function captureTime(state: PacingState, { nowMs, fps, display }: PacingInput): PlannedCapture {
  const earlyMs = (1000 / fps) * EARLY_SHARE
  const dueMs = Math.max(nowMs, state.nextDueMs - earlyMs)
  if (display === null) return { atMs: dueMs, tickMs: null }
  const { intervalMs } = display
  const leadMs = display.pathMs + display.marginMs
  const reachable = Math.ceil((dueMs + leadMs - display.tickAtMs) / intervalMs)
  const tickMs = display.tickAtMs + reachable * intervalMs
  if (dueMs - state.lastFrameAtMs > Math.max(intervalMs, 1000 / fps) * STILL_INTERVALS)
    return { atMs: dueMs, tickMs }
  // Advice is renewed and moves a little: the same tick may be named half an interval apart at most.
  const free = tickMs > state.servedTickMs + intervalMs / 2 ? tickMs : tickMs + intervalMs
  return { atMs: Math.max(dueMs, free - leadMs - SLACK_MS), tickMs: free }
}

/** The state after a frame was taken at `atMs`. */
export function captured(state: PacingState, atMs: number, tickMs: number | null, fps: number): PacingState {
  const intervalMs = 1000 / (fps * (tickMs === null ? RATE_TOLERANCE : TICK_RATE_TOLERANCE))
  return {
    // At most one interval is saved up: after a pause the next frames do not come in a rush.
    nextDueMs: Math.max(state.nextDueMs, atMs - intervalMs * EARLY_SHARE) + intervalMs,
    lastFrameAtMs: atMs,
    servedTickMs: tickMs ?? Number.NEGATIVE_INFINITY,
  }
}
