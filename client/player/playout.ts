import { percentile } from './percentile.ts'

/**
 * How long frames are held so that they come to the display evenly. Nothing on a clean path. On a jittery one the node is asked to
 * stamp its frames with a playout delay (minimum = maximum), which Chromium keeps against the mean arrival of frames.
 *
 * Measured in Chromium 156, 60 fps, a path of +/- 15 ms: without a delay 71 % of frames get a display tick of their own (the others
 * share one with a neighbour), longest gap 50 ms, input to display p50 20 / p95 37 ms; with 20 ms 89 %, 33 ms, 31 / 41 ms; with 30 ms
 * 93 %, 33 ms, 37 / 49 ms. So the short delay is taken: late frames, which make p95, cost little more, and motion is even.
 * `RTCRtpReceiver.jitterBufferTarget` has no effect while frames say 0/0, and a page that has once seen 0/0 shows every later frame
 * as it comes, so it must be the node that asks libwebrtc's jitter buffer to wait.
 */
export interface PathReading {
  readonly atMs: number
  /** RFC 3550 6.4.1, as the receiver reports it: retransmitted packets do not count in it. */
  readonly jitterMs: number | null
  /** Sent to received, of the frames of the last `playoutWindowMs`; only differences count. */
  readonly waysMs: readonly number[]
}

export const playoutWindowMs = 2_000
const holdMs = 3_000
/** Fewer frames say nothing: a still picture. */
const minWays = 30
/** For an even spread, 90 % of arrivals are no later than this many times the mean difference of two that follow each other. */
const lateOverJitter = 1.25
/** The pacer keeps frames clear of display ticks on paths steadier than this. */
const startsAtMs = 7
const endsAtMs = 5
/** Chromium hands a frame to its decoder this long before its time (VCMTiming's render delay). */
const decodeLeadMs = 10
const stepMs = 10
const mostMs = 80

/** Pure but for its memory: one reading a second in, the delay to ask for out. */
export class Playout {
  #levels: { readonly atMs: number; readonly ms: number }[] = []
  #targetMs = 0

  get targetMs(): number {
    return this.#targetMs
  }

  /** Rises with the second jittery reading, falls when none of the last 3 s asked for as much. */
  read(reading: PathReading): number {
    const late = latenessMs(reading)
    const rough = late >= (this.#targetMs > 0 ? endsAtMs : startsAtMs)
    const before = this.#levels.at(-1)?.ms ?? 0
    this.#levels = [
      ...this.#levels.filter(({ atMs }) => reading.atMs - atMs < holdMs),
      { atMs: reading.atMs, ms: rough ? levelFor(late) : 0 },
    ]
    const most = Math.max(...this.#levels.map(({ ms }) => ms))
    this.#targetMs = this.#targetMs > 0 || (rough && before > 0) ? most : 0
    return this.#targetMs
  }

  /** A new connection: its frames say 0/0 until told otherwise. */
  reset(): void {
    this.#levels = []
    this.#targetMs = 0
  }
}

/**
 * How late the late frames are. Two witnesses must agree: a slow encoder shows in RTP jitter alone, a retransmission in the frames'
 * ways alone, and for neither is there anything to gain from waiting.
 */
export function latenessMs({ jitterMs, waysMs }: PathReading): number {
  if (jitterMs === null || waysMs.length < minWays) return 0
  const late = percentile(waysMs, 0.9)
  const middle = percentile(waysMs, 0.5)
  return late === null || middle === null ? 0 : Math.min(late - middle, lateOverJitter * jitterMs)
}

const levelFor = (lateMs: number): number =>
  Math.min(mostMs, Math.max(2 * stepMs, stepMs * Math.round((lateMs + decodeLeadMs) / stepMs)))
