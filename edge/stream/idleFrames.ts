/**
 * When to send a frame although nothing changed. Rate control leaves a moving picture coarse: soon after motion stops, a
 * few frames spend the bits that nobody else wants on making it sharp. Then one a second, so that the browser's statistics
 * and loss detection stay awake.
 */
const SHARPEN_AFTER_MS = [80, 160, 320, 640]
const KEEP_ALIVE_MS = 1000

/** The time of the next such frame. `idleFrames`: how many were sent since the last change. */
export function nextIdleFrame(lastFrameAtMs: number, lastChangeAtMs: number, idleFrames: number): number {
  const sharpenMs = SHARPEN_AFTER_MS[idleFrames]
  return sharpenMs === undefined ? lastFrameAtMs + KEEP_ALIVE_MS : lastChangeAtMs + sharpenMs
}
