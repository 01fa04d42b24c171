import { encodeFrameRecord } from '../../config/protocol/frameRecord.ts'
import type { StreamRequest } from '../../config/protocol/stream.ts'
import type { Display } from '../display/display.ts'
import type { Peer } from '../peer/peer.ts'
import type { SoundServer } from '../sound/sound.ts'
import type { AudioOptions, AudioStream } from '../stream/audio.ts'
import type { DisplayPhase } from '../stream/pacingClock.ts'
import type { VideoOptions, VideoStream } from '../stream/pipeline.ts'
import type { InputClock } from '../stream/stages.ts'

/** Picture and sound of one session, towards whoever plays. Calls may overlap; they take effect in order. */
export interface Media {
  /** Begins for this browser with a keyframe; a stream to another one ends. */
  play(peer: Peer): Promise<void>
  stop(): Promise<void>
  requestKeyframe(): void
  update(stream: StreamRequest): void
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

export interface MediaOptions {
  readonly display: Display
  readonly sound: SoundServer | null
  readonly inputClock: InputClock
  readonly stream: StreamRequest
  startVideo(options: VideoOptions): Promise<VideoStream>
  startAudio(options: AudioOptions): Promise<AudioStream>
  /** The picture broke for good. */
  onFailed(error: Error): void
  log(fields: object, text: string): void
}

/** Stereo music in Opus is transparent to most ears from here on. */
const soundBitrateBps = 128_000

export function createMedia(options: MediaOptions): Media {
  const total = { frames: 0, bytes: 0, framesDropped: 0, keyframes: 0, encodeMs: 0 }
  let stream = options.stream
  let phase: DisplayPhase | null = null
  let video: VideoStream | null = null
  let audio: AudioStream | null = null
  let queue: Promise<void> = Promise.resolve()

  const inOrder = (work: () => Promise<void>): Promise<void> => {
    const done = queue.then(work)
    queue = done.catch(() => {})
    return done
  }

  const close = async (): Promise<void> => {
    const [oldVideo, oldAudio] = [video, audio]
    video = null
    audio = null
    total.framesDropped += oldVideo?.counters.framesDropped ?? 0
    await Promise.all([oldVideo?.[Symbol.asyncDispose](), oldAudio?.[Symbol.asyncDispose]()])
  }

  const openVideo = async (peer: Peer): Promise<VideoStream> => {
    const { maxBitrateBps, fps, widthPx, heightPx } = stream
    const opened = await options.startVideo({
      display: options.display,
      inputClock: options.inputClock,
      settings: { codec: peer.codecs[0] ?? 'h264', widthPx, heightPx, fps, maxBitrateBps },
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
    opened.setDisplayPhase(phase)
    return opened
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
    play: (peer) =>
      inOrder(async () => {
        await close()
        phase = null
        const opening = openAudio(peer)
        try {
          video = await openVideo(peer)
        } finally {
          audio = await opening
        }
      }),
    stop: () => inOrder(close),
    requestKeyframe: () => video?.requestKeyframe(),
    update(wanted) {
      stream = wanted
      const { widthPx, heightPx, fps, maxBitrateBps } = wanted
      video?.update({ widthPx, heightPx, fps, maxBitrateBps })
    },
    setDisplayPhase(given) {
      phase = given
      video?.setDisplayPhase(given)
    },
    totals: () => ({
      ...total,
      framesDropped: total.framesDropped + (video?.counters.framesDropped ?? 0),
    }),
  }
}
