import { wallMsOf } from '../../config/protocol/rtpClock.ts'
import { median } from './percentile.ts'
import type { FrameSample } from './trace.ts'

const soundHz = 48_000
const keepSounds = 9
const keepFrames = 60

/** The part of RTCRtpSynchronizationSource that is read. */
export interface SoundSource {
  /** When it was handed to the sound device, ms since 1970 on the browser's clock. */
  readonly timestamp: number
  readonly rtpTimestamp: number
}

/**
 * How far sound and picture are apart, each followed from its capture on the edge to the hands of the device. The browser's own
 * `estimatedPlayoutTimestamp` exists only for streams that it keeps in step, and that delays the picture (seen in Chromium 156).
 */
export class AvSync {
  #latesMs: number[] = []

  /** @param toEdgeMs from the browser's monotonic clock @param originMs `performance.timeOrigin` */
  heard(source: SoundSource, toEdgeMs: (browserMs: number) => number | null, originMs: number): void {
    const heardAtMs = toEdgeMs(source.timestamp - originMs)
    if (heardAtMs === null) return
    this.#latesMs.push(heardAtMs - wallMsOf(source.rtpTimestamp, soundHz, heardAtMs))
    if (this.#latesMs.length > keepSounds) this.#latesMs.shift()
  }

  /** Capture to sound device, ms; null before the first sound. */
  get soundLateMs(): number | null {
    return median(this.#latesMs)
  }

  /** By how much the sound comes after its picture; negative: before it. Null while either is unknown. */
  skewMs(frames: readonly FrameSample[]): number | null {
    const sound = this.soundLateMs
    const picture = median(frames.slice(-keepFrames).map((frame) => frame.displayedAtMs - frame.capturedAtMs))
    return sound === null || picture === null ? null : sound - picture
  }

  reset(): void {
    this.#latesMs = []
  }
}
