import { fitDisplay, pathOf } from './displayPhase.ts'
import type { PresentedFrame, Trace } from './trace.ts'

const keepTicks = 150

/**
 * Follows the frames that the video element shows. Its callbacks come inside the browser's animation frames, so their `now` also
 * tells where the display's ticks are, without an animation loop of our own.
 */
export class FrameWatch {
  #stage: HTMLVideoElement
  #trace: Trace
  #onFrame: () => void
  #handle = 0
  #ticksMs: number[] = []
  #shown = 0
  #stopped = false

  constructor(stage: HTMLVideoElement, trace: Trace, onFrame: () => void) {
    this.#stage = stage
    this.#trace = trace
    this.#onFrame = onFrame
    this.#ask()
  }

  /** Frames handed to the compositor since the page opened, those between two callbacks included. */
  get shown(): number {
    return this.#shown
  }

  /**
   * For the node's pacer, ticks on the browser's clock; null while either side of it is unsteady.
   * @param held whether the jitter buffer holds frames: its wait is not in the browser's own word of when a frame was ready
   */
  display(held: boolean): { tickAtMs: number; intervalMs: number; pathMs: number; marginMs: number } | null {
    const phase = fitDisplay(this.#ticksMs)
    if (phase === null) return null
    const ways = this.#trace.frames
      .slice(-keepTicks)
      .map((frame) => ((held ? null : frame.readyAtMs) ?? frame.presentedAtMs) - frame.capturedAtMs)
    const path = pathOf(ways, phase.intervalMs)
    return path === null ? null : { tickAtMs: phase.tickAtMs, intervalMs: phase.intervalMs, ...path }
  }

  stop(): void {
    this.#stopped = true
    this.#stage.cancelVideoFrameCallback(this.#handle)
  }

  #ask(): void {
    this.#handle = this.#stage.requestVideoFrameCallback((nowMs, metadata) => {
      if (this.#stopped) return
      this.#ask()
      this.#shown = metadata.presentedFrames
      this.#ticksMs.push(nowMs)
      if (this.#ticksMs.length > keepTicks) this.#ticksMs.shift()
      const frame = presentedFrame(metadata)
      if (frame !== null) this.#trace.presented(frame)
      this.#onFrame()
    })
  }
}

function presentedFrame(metadata: VideoFrameCallbackMetadata): PresentedFrame | null {
  if (metadata.rtpTimestamp === undefined) return null
  const receivedAtMs = metadata.receiveTime ?? null
  return {
    rtpTimestamp: metadata.rtpTimestamp,
    receivedAtMs,
    readyAtMs: receivedAtMs === null ? null : receivedAtMs + 1000 * (metadata.processingDuration ?? 0),
    presentedAtMs: metadata.presentationTime,
    displayedAtMs: metadata.expectedDisplayTime,
  }
}
