import type { Peer } from '../peer/peer.ts'
import { type DisplaySource, openCapture } from './capture.ts'
import { rtpTimestamp, wallClockMs } from './clock.ts'
import { createDisplayAdvice } from './displayAdvice.ts'
import { createEncodeStage } from './encode.ts'
import { type FrameLoop, type FrameReason, runFrameLoop } from './frameLoop.ts'
import { createKeyframeGate } from './keyframeGate.ts'
import { createPacketizer } from './packetize.ts'
import type { DisplayPhase } from './pacingClock.ts'
import type { FrameTimes, InputClock, StreamCounters, StreamSettings } from './stages.ts'
import { createTransmitter } from './transmit.ts'

export interface SentFrame extends FrameTimes {
  readonly rtpTimestamp: number
  readonly keyframe: boolean
  readonly bytes: number
}

export interface VideoOptions {
  readonly display: DisplaySource
  readonly inputClock: Readonly<InputClock>
  readonly settings: StreamSettings
  readonly peer: Pick<Peer, 'sendVideo'> & { readonly network: Pick<Peer['network'], 'queuedMs'> }
  /** After the frame's last packet has left. */
  onFrameSent(frame: SentFrame): void
  /** The display or the encoder broke; the stream has stopped and still wants to be disposed. */
  onFailed(error: Error): void
}

export interface VideoStream extends AsyncDisposable {
  readonly counters: Readonly<StreamCounters>
  readonly settings: StreamSettings
  /** What converts the pixels, for the log. */
  readonly converter: 'libyuv' | 'swscale'
  /** A new decoder, or one that lost data, needs a keyframe; several requests in short order make one. */
  requestKeyframe(): void
  /** Between two frames; another size or codec begins with a keyframe. */
  update(settings: Partial<StreamSettings>): void
  /** Where the browser's display ticks are, on the edge's wall clock; null while unknown. */
  setDisplayPhase(phase: DisplayPhase | null): void
}

const KEYFRAME_INTERVAL_MS = 250
/** From capture to the first packet: what waits in the pacer may take so long without holding up the next frame. */
const MAKING_MS = 4

/** capture → encode → packetize → pace → (protect: SRTP, in the peer) → transmit. */
export async function startVideo(options: VideoOptions): Promise<VideoStream> {
  const counters: StreamCounters = {
    framesCaptured: 0,
    framesUnchanged: 0,
    framesEncoded: 0,
    keyframes: 0,
    bytesSent: 0,
    packetsSent: 0,
    framesDropped: 0,
  }
  let settings = options.settings
  let applied = settings
  const advice = createDisplayAdvice(wallClockMs)
  const keyframes = createKeyframeGate(KEYFRAME_INTERVAL_MS)
  let loop: FrameLoop | null = null

  const capture = await openCapture({ ...options, ...settings, onDamage: () => loop?.changed() })
  const encoder = await createEncodeStage(settings).catch(async (error: unknown) => {
    await capture[Symbol.asyncDispose]()
    throw error
  })
  let packetize = createPacketizer(settings.codec)
  const transmitter = createTransmitter(options.peer, counters)

  async function applySettings(): Promise<void> {
    const wanted = settings
    if (wanted === applied) return
    await encoder.apply(wanted)
    if (wanted.widthPx !== applied.widthPx || wanted.heightPx !== applied.heightPx) {
      capture.resize(wanted.widthPx, wanted.heightPx)
    }
    if (wanted.codec !== applied.codec) packetize = createPacketizer(wanted.codec)
    applied = wanted
  }

  async function frame(reason: FrameReason): Promise<{ made: boolean; keyframe: boolean }> {
    await applySettings()
    const taken = await capture.take()
    counters.framesCaptured++
    if (!taken.changed && reason === 'changed') {
      counters.framesUnchanged++
      return { made: false, keyframe: false }
    }
    const keyframeAtMs = keyframes.dueAtMs()
    if (keyframeAtMs !== null && keyframeAtMs <= wallClockMs()) encoder.requestKeyframe()
    const encoded = await encoder.encode(taken.picture, taken.capturedAtMs)
    if (encoded === null) {
      counters.framesDropped++
      return { made: false, keyframe: false }
    }
    counters.framesEncoded++
    if (encoded.keyframe) counters.keyframes++
    const { picture: _, changed: __, ...times } = taken
    const encodedFrame = { ...encoded, ...times, encodedAtMs: wallClockMs() }
    const stamp = rtpTimestamp(taken.capturedAtMs, 90_000)
    const { keyframe, codec } = encoded
    const sent = { codec, keyframe, capturedAtMs: taken.capturedAtMs, rtpTimestamp: stamp }
    transmitter.frame({ ...sent, payloads: packetize(encodedFrame) }, (sentAtMs) => {
      options.onFrameSent({
        ...times,
        encodedAtMs: encodedFrame.encodedAtMs,
        sentAtMs,
        rtpTimestamp: stamp,
        keyframe,
        bytes: encoded.data.length,
      })
    })
    return { made: true, keyframe: encoded.keyframe }
  }

  loop = runFrameLoop({
    keyframes,
    fps: () => settings.fps,
    displayPhase: advice.read,
    freeAtMs: () => wallClockMs() + options.peer.network.queuedMs - MAKING_MS,
    frame,
    onFailed: options.onFailed,
    nowMs: wallClockMs,
  })

  return {
    counters,
    get settings() {
      return settings
    },
    converter: capture.library,
    requestKeyframe() {
      keyframes.request()
      loop?.wake()
    },
    update(changes) {
      const before = settings
      settings = { ...settings, ...changes }
      const anew =
        settings.widthPx !== before.widthPx ||
        settings.heightPx !== before.heightPx ||
        settings.codec !== before.codec
      if (anew) {
        keyframes.request()
        loop?.wake()
      }
    },
    setDisplayPhase: advice.set,
    async [Symbol.asyncDispose]() {
      await loop?.stop()
      encoder.close()
      await capture[Symbol.asyncDispose]()
    },
  }
}
