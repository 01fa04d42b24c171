import { nextIdleFrame } from './idleFrames.ts'
import type { KeyframeGate } from './keyframeGate.ts'
import { captured, captureTime, type DisplayPhase, type PacingState, startPacing } from './pacingClock.ts'

export type FrameReason = 'changed' | 'keyframe' | 'idle'

export interface FrameLoopOptions {
  readonly keyframes: KeyframeGate
  fps(): number
  displayPhase(): DisplayPhase | null
  /**
   * When the way out is free again: a frame taken earlier would only wait in front of the pacer, and be older when it leaves.
   * Now or earlier where nothing waits.
   */
  freeAtMs(): number
  /**
   * Takes one frame through all stages. `changed`: skip it when the pixels are the same. Returns whether a frame was made,
   * and whether it is a keyframe.
   */
  frame(reason: FrameReason): Promise<{ made: boolean; keyframe: boolean }>
  onFailed(error: Error): void
  /** On the clock of `displayPhase`. */
  nowMs(): number
  /** Calls back in so many whole ms; returns what calls it off. */
  after?(ms: number, callback: () => void): () => void
}

export interface FrameLoop {
  /** The screen changed. */
  changed(): void
  /** Something else may be due: a keyframe, other settings. */
  wake(): void
  /** Settles once no frame is under way. */
  stop(): Promise<void>
}

/** A timer may fire this late; what is due within it is due now. */
const TIMER_SLACK_MS = 0.5

function afterReal(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

/** Decides when frames are taken: one at a time, so that none ever waits in front of the encoder. */
export function runFrameLoop(options: FrameLoopOptions): FrameLoop {
  const { keyframes, nowMs, after = afterReal } = options
  let pacing: PacingState = startPacing
  let dirty = true
  let lastFrameAtMs = nowMs()
  let lastChangeAtMs = lastFrameAtMs
  let idleFrames = 0
  let cancelTimer = () => {}
  let running: Promise<void> | null = null
  let stopped = false

  function next(now: number): { reason: FrameReason; atMs: number; tickMs: number | null } {
    const idle = nextIdleFrame(lastFrameAtMs, lastChangeAtMs, idleFrames)
    const keyframe = keyframes.dueAtMs()
    const changed = dirty
      ? captureTime(pacing, { nowMs: now, fps: options.fps(), display: options.displayPhase() })
      : null
    const tickMs = changed?.tickMs ?? null
    const forced = { reason: 'keyframe' as const, atMs: keyframe ?? Infinity, tickMs }
    const unforced =
      changed === null
        ? { reason: 'idle' as const, atMs: idle, tickMs }
        : { reason: 'changed' as const, ...changed }
    return forced.atMs <= unforced.atMs ? forced : unforced
  }

  function schedule(): void {
    if (running !== null || stopped) return
    cancelTimer()
    const now = nowMs()
    const { reason, atMs, tickMs } = next(now)
    const waitMs = Math.max(atMs, options.freeAtMs()) - now
    if (waitMs > TIMER_SLACK_MS) {
      cancelTimer = after(Math.floor(waitMs), schedule)
      return
    }
    running = take(reason, now, tickMs).then(
      () => {
        running = null
        schedule()
      },
      (error: Error) => {
        running = null
        stopped = true
        options.onFailed(error)
      },
    )
  }

  async function take(reason: FrameReason, atMs: number, tickMs: number | null): Promise<void> {
    dirty = false
    const { made, keyframe } = await options.frame(reason)
    if (!made) return
    pacing = captured(pacing, atMs, tickMs, options.fps())
    lastFrameAtMs = atMs
    if (keyframe) keyframes.made(atMs)
    if (reason === 'idle') {
      idleFrames++
    } else {
      idleFrames = 0
      lastChangeAtMs = atMs
    }
  }

  schedule()
  return {
    changed() {
      dirty = true
      schedule()
    },
    wake: schedule,
    async stop() {
      stopped = true
      cancelTimer()
      await running
    },
  }
}
