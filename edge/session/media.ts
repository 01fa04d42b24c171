import type { ToBrowser } from '../../config/protocol/control.ts'
import { encodeFrameRecord } from '../../config/protocol/frameRecord.ts'
import type { Decoder, StreamRequest } from '../../config/protocol/stream.ts'
import type { Display } from '../display/display.ts'
import type { Peer } from '../peer/peer.ts'
import type { SoundServer } from '../sound/sound.ts'
import type { AudioOptions, AudioStream } from '../stream/audio.ts'
import { type CodecFallback, createCodecFallback } from '../stream/codecFallback.ts'
import { createLadder } from '../stream/ladder.ts'
import type { DisplayPhase } from '../stream/pacingClock.ts'
import type { VideoOptions, VideoStream } from '../stream/pipeline.ts'
import type { InputClock } from '../stream/stages.ts'
import type { PlayerFigures } from './ipc.ts'
import { createRateControl, type RateControl } from './rateControl.ts'

/** Picture and sound of one session, towards one of its players. Calls may overlap; they take effect in order. */
export interface Media {
  /** Begins for this browser with a keyframe; a stream to another one ends. */
  play(peer: Peer, decoders: readonly Decoder[]): Promise<void>
  stop(): Promise<void>
  requestKeyframe(): void
  update(stream: StreamRequest): void
  /** Something that the peer knows of the network changed. */
  networkChanged(): void
  /** What the browser says of its end; a codec that it cannot keep pace with is left. */
  heardOf(figures: PlayerFigures): void
  setDisplayPhase(phase: DisplayPhase): void
  /** Since the start of the session. */
  totals(): MediaTotals
}

export interface MediaTotals {
  readonly frames: number
  readonly bytes: number
  readonly framesDropped: number
  readonly keyframes: number
  /** Sum over frames of the time from capture to encoded. */
  readonly encodeMs: number
}

export const noTotals: MediaTotals = { frames: 0, bytes: 0, framesDropped: 0, keyframes: 0, encodeMs: 0 }

export const addTotals = (a: MediaTotals, b: MediaTotals): MediaTotals => ({
  frames: a.frames + b.frames,
  bytes: a.bytes + b.bytes,
  framesDropped: a.framesDropped + b.framesDropped,
  keyframes: a.keyframes + b.keyframes,
  encodeMs: a.encodeMs + b.encodeMs,
})

export interface MediaOptions {
  readonly display: Display
  readonly sound: SoundServer | null
  readonly inputClock: InputClock
  readonly stream: StreamRequest
  /** The edge's wall clock. */
  nowMs(): number
  startVideo(options: VideoOptions): Promise<VideoStream>
  startAudio(options: AudioOptions): Promise<AudioStream>
  /** Twice a second while somebody plays. */
  onNetwork(report: Extract<ToBrowser, { kind: 'network' }>): void
  /** The picture broke for good. */
  onFailed(error: Error): void
  log(fields: object, text: string): void
}

/** Stereo music in Opus is transparent to most ears from here on. */
const soundBitrateBps = 128_000
const reportMs = 500
/** The time of fewer frames than this says nothing of the machine. */
const fewestFrames = 10

/** A stream to one browser. */
interface Live {
  readonly video: VideoStream
  readonly rate: RateControl
  readonly fallback: CodecFallback
  readonly reports: NodeJS.Timeout
  /** Totals at the last report to the player, and at the last look at the codec. */
  reported: { readonly atMs: number; readonly bytes: number }
  looked: { readonly atMs: number; readonly frames: number; readonly encodeMs: number }
  /** Encoder or decoder did not keep pace, at the last look. */
  late: boolean
}

export function createMedia(options: MediaOptions): Media {
  const total = { ...noTotals }
  let stream = options.stream
  let phase: DisplayPhase | null = null
  let live: Live | null = null
  let audio: AudioStream | null = null
  let queue: Promise<void> = Promise.resolve()

  const inOrder = (work: () => Promise<void>): Promise<void> => {
    const done = queue.then(work)
    queue = done.catch(() => {})
    return done
  }

  const close = async (): Promise<void> => {
    const [before, oldAudio] = [live, audio]
    live = null
    audio = null
    if (before !== null) clearInterval(before.reports)
    total.framesDropped += before?.video.counters.framesDropped ?? 0
    await Promise.all([before?.video[Symbol.asyncDispose](), oldAudio?.[Symbol.asyncDispose]()])
  }

  const openVideo = async (peer: Peer, decoders: readonly Decoder[]): Promise<Live> => {
    const [first, ...others] = peer.codecs
    const fallback = createCodecFallback({
      codecs: [first ?? 'h264', ...others],
      decodedInHardware: new Set(decoders.filter(({ hardware }) => hardware).map(({ codec }) => codec)),
    })
    const rate = createRateControl(
      {
        network: peer.network,
        ladder: createLadder(),
        nowMs: options.nowMs,
        apply: (settings) => live?.video.update(settings),
      },
      stream,
    )
    const { maxBitrateBps, fps, widthPx, heightPx } = stream
    const video = await options.startVideo({
      display: options.display,
      inputClock: options.inputClock,
      settings: {
        codec: fallback.current,
        widthPx,
        heightPx,
        fps,
        maxBitrateBps: Math.min(maxBitrateBps, peer.network.videoBps),
      },
      peer,
      onFrameSent(frame) {
        total.frames += 1
        total.bytes += frame.bytes
        total.encodeMs += frame.encodedAtMs - frame.capturedAtMs
        if (frame.keyframe) total.keyframes += 1
        peer.sendFrameRecord(encodeFrameRecord(frame))
      },
      onFailed: options.onFailed,
    })
    video.setDisplayPhase(phase)
    const atMs = options.nowMs()
    return {
      video,
      rate,
      fallback,
      reports: setInterval(report, reportMs),
      reported: { atMs, bytes: total.bytes },
      looked: { atMs, frames: total.frames, encodeMs: total.encodeMs },
      late: false,
    }
  }

  const report = (): void => {
    if (live === null) return
    const atMs = options.nowMs()
    const sentBps = ((total.bytes - live.reported.bytes) * 8000) / Math.max(1, atMs - live.reported.atMs)
    live.reported = { atMs, bytes: total.bytes }
    options.onNetwork(live.rate.report(sentBps, live.late))
  }

  /** A game without sound is still a game. */
  const openAudio = async (peer: Peer): Promise<AudioStream | null> => {
    if (options.sound === null) return null
    try {
      return await options.startAudio({
        sound: options.sound,
        peer,
        bitrateBps: soundBitrateBps,
        onFailed: (error) => options.log({ err: error }, 'sound broke: the session goes on without'),
      })
    } catch (error) {
      options.log({ err: error }, 'sound could not be recorded: the session goes on without')
      return null
    }
  }

  return {
    play: (peer, decoders) =>
      inOrder(async () => {
        await close()
        phase = null
        const opening = openAudio(peer)
        try {
          live = await openVideo(peer, decoders)
        } finally {
          audio = await opening
        }
      }),
    stop: () => inOrder(close),
    requestKeyframe: () => live?.video.requestKeyframe(),
    update(wanted) {
      stream = wanted
      live?.rate.setCeiling(wanted)
      live?.rate.follow(live.fallback.current)
    },
    networkChanged: () => live?.rate.follow(live.fallback.current),
    heardOf(figures) {
      if (live === null) return
      const { looked, fallback, video } = live
      const atMs = options.nowMs()
      const frames = total.frames - looked.frames
      const encodeMs = frames === 0 ? null : (total.encodeMs - looked.encodeMs) / frames
      const { decodeMs, fps, framesDropped } = figures
      const decode = decodeMs === null ? null : { decodeMs, fps, framesDropped, periodMs: atMs - looked.atMs }
      live.looked = { atMs, frames: total.frames, encodeMs: total.encodeMs }
      live.late = frames >= fewestFrames && Math.max(encodeMs ?? 0, decodeMs ?? 0) > 1000 / video.settings.fps
      const before = fallback.current
      const codec = fallback.sample({ nowMs: atMs, fps: video.settings.fps, encodeMs, decode })
      if (codec === null) return
      options.log({ before, codec, encodeMs, decodeMs }, 'the codec kept no pace: another one goes on')
      video.update({ codec })
    },
    setDisplayPhase(given) {
      phase = given
      live?.video.setDisplayPhase(given)
    },
    totals: () => ({
      ...total,
      framesDropped: total.framesDropped + (live?.video.counters.framesDropped ?? 0),
    }),
  }
}
