import { rtpTimestamp } from './clock.ts'

const RATE_HZ = 48_000
/** Blocks come in bunches; only a gap larger than this means that sound is missing or that clocks drifted apart. */
const TOLERANCE_MS = 60

/** RTP timestamps of sound: even steps, on the wall clock that the picture's timestamps are on too. */
export function createAudioClock(blockSamples: number): { next(capturedAtMs: number): number } {
  let expectedMs = -Infinity
  return {
    next(capturedAtMs) {
      if (Math.abs(capturedAtMs - expectedMs) > TOLERANCE_MS) expectedMs = capturedAtMs
      const timestamp = rtpTimestamp(expectedMs, RATE_HZ)
      expectedMs += (blockSamples * 1000) / RATE_HZ
      return timestamp
    },
  }
}
